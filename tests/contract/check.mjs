// Holds JSON against the response types of the official client for Node (package `stripe`).
//
// Standard input: JSON lines {"where": "a label", "value": an API object, a list of them, or an event}.
// Standard output: JSON lines {"where", "path", "problem"}, one for each violation; nothing when all is well.
//
// A violation is a member that is missing or unknown, a value of another type, or one outside the listed values
// (the client leaves most enums open; we hold to what is listed). What the types leave open (`any`, `{}`) is let pass.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const { TypeFlags, SymbolFlags } = ts;

const client = fileURLToPath(import.meta.resolve('stripe')).replace(/\.js$/, '.d.ts');
const program = ts.createProgram([client], {
  strict: true,
  skipLibCheck: true,
  types: [],
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
});
const checker = program.getTypeChecker();

// ---- Which type an object must have

const wholes = new Map(); // by the value of `object`
const stubs = new Map(); // the same for {deleted: true}
const events = new Map(); // by the value of `type`
const envelopes = new Map(); // list and search_result

function literalOf(type, name) {
  const property = type.getProperty(name);
  const value = property && checker.getTypeOfSymbol(property);
  return value?.isStringLiteral() ? value.value : undefined;
}

for (const file of program.getSourceFiles()) {
  const symbol = file.fileName.includes('/stripe/esm/') && checker.getSymbolAtLocation(file);
  for (const exported of symbol ? checker.getExportsOfModule(symbol) : []) {
    if (!(exported.flags & SymbolFlags.Interface)) continue;
    const type = checker.getDeclaredTypeOfSymbol(exported);
    const object = literalOf(type, 'object');
    if (object === undefined) continue;
    const deleted = type.getProperty('deleted');
    if (object === 'event' && literalOf(type, 'type')) events.set(literalOf(type, 'type'), type);
    else if (exported.name === 'ApiList' || exported.name === 'ApiSearchResult') envelopes.set(object, type);
    else if (deleted && !(deleted.flags & SymbolFlags.Optional)) stubs.set(object, type);
    else if (!wholes.has(object)) wholes.set(object, type);
  }
}

function typeOf(value) {
  if (value.deleted === true) return stubs.get(value.object);
  if (value.object === 'event') return events.get(value.type);
  return envelopes.get(value.object) ?? wholes.get(value.object);
}

// ---- Whether a value has a type: each function returns the problems as [path, problem] pairs

const show = (value) => JSON.stringify(value).slice(0, 60);
const isMap = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

// Of a hash an event tells only the members that changed; what an update added was null before, whatever its type is.
const wasBefore = (path) => path.includes('.data.previous_attributes.');

function held(value, type, path) {
  if (value === null && wasBefore(path)) return [];
  if (type.flags & (TypeFlags.Any | TypeFlags.Unknown | TypeFlags.TypeParameter)) return [];
  if (type.isUnion()) return heldByOneOf(value, type.types, path);
  if (isDecimal(type)) return typeof value === 'string' ? [] : [[path, `${show(value)} is not a decimal in a string`]];
  if (type.isIntersection()) return type.types.flatMap((part) => held(value, part, path));
  if (type.flags & TypeFlags.Object) return heldByObject(value, type, path);
  return isPrimitive(value, type) ? [] : [[path, `${show(value)} is not ${checker.typeToString(type)}`]];
}

function isPrimitive(value, type) {
  if (type.isStringLiteral() || type.isNumberLiteral()) return value === type.value;
  if (type.flags & TypeFlags.BooleanLiteral) return value === (checker.typeToString(type) === 'true');
  if (type.flags & TypeFlags.String) return typeof value === 'string';
  if (type.flags & TypeFlags.Number) return typeof value === 'number';
  return Boolean(type.flags & TypeFlags.Null) && value === null; // the rest holds nothing that JSON has
}

// Numbers that are too exact for JavaScript; the client makes objects of them, but text is what travels.
function isDecimal(type) {
  return type.aliasSymbol?.name === 'Decimal' || type.symbol?.name === 'DecimalImpl';
}

// `string & Record<never, never>`, the client's way to leave an enum open.
function isOpenEnd(type) {
  return type.isIntersection() && type.types.some((part) => part.flags & TypeFlags.String);
}

function heldByOneOf(value, types, path) {
  const possible = types.filter((type) => !isOpenEnd(type) && !(type.flags & (TypeFlags.Undefined | TypeFlags.Void)));
  const tried = possible.map((type) => [type, held(value, type, path)]);
  if (tried.some(([, problems]) => problems.length === 0)) return [];
  if (typeof value === 'object' && value !== null) {
    // Say what is wrong with what it claims to be, or else with the first that it could be.
    const near = tried.filter(([type]) => type.flags & TypeFlags.Object && checker.isArrayType(type) === Array.isArray(value));
    const meant = near.find(([type]) => isMap(value) && type === typeOf(value)) ?? near.at(0);
    if (meant) return meant[1];
  }
  const names = possible.map((type) => checker.typeToString(type)).join(' | ');
  return [[path, names ? `${show(value)} is not ${names.replace('false | true', 'boolean')}` : 'is not a member there']];
}

function heldByObject(value, type, path) {
  if (checker.isArrayType(type)) {
    if (!Array.isArray(value)) return [[path, `${show(value)} is not an array`]];
    const [element] = checker.getTypeArguments(type);
    return value.flatMap((item, index) => held(item, element, `${path}[${index}]`));
  }
  if (!isMap(value)) return [[path, `${show(value)} is not an object`]];
  const properties = checker.getPropertiesOfType(type);
  const further = checker.getIndexInfoOfType(type, ts.IndexKind.String);
  const anything = properties.length === 0 && !further;
  const problems = [];
  for (const property of properties) {
    const name = `${path}.${property.name}`;
    if (Object.hasOwn(value, property.name)) {
      problems.push(...held(value[property.name], checker.getTypeOfSymbol(property), name));
    } else if (!(property.flags & SymbolFlags.Optional) && !wasBefore(name)) {
      problems.push([name, 'is missing']);
    }
  }
  const known = new Set(properties.map((property) => property.name));
  for (const [name, item] of Object.entries(value)) {
    if (known.has(name) || anything) continue;
    if (further) problems.push(...held(item, further.type, `${path}.${name}`));
    else problems.push([`${path}.${name}`, 'is not a member there']);
  }
  return problems;
}

function problemsOf(value) {
  const type = isMap(value) && typeof value.object === 'string' && typeOf(value);
  if (!type) return [['', `${show(value)} is nothing that the client has a type for`]];
  const problems = held(value, type, value.object);
  if (!envelopes.has(value.object) || !Array.isArray(value.data)) return problems;
  const inside = (index, [path, problem]) => [`${value.object}.data[${index}]: ${path}`, problem];
  return problems.concat(...value.data.map((item, index) => problemsOf(item).map((found) => inside(index, found))));
}

for (const line of readFileSync(0, 'utf8').split('\n')) {
  if (line === '') continue;
  const { where, value } = JSON.parse(line);
  for (const [path, problem] of problemsOf(value)) console.log(JSON.stringify({ where, path, problem }));
}
