// @ts-check
/**
 * Parameters as a form: `a[b][c]=v`, `a[0]=v`. What is null or undefined is left out.
 *
 * @param {import('./types.js').Params} params
 */
export function form(params) {
  const body = new URLSearchParams();
  /** @param {string} name @param {unknown} value */
  const add = (name, value) => {
    if (value === null || value === undefined) return;
    if (Array.isArray(value)) value.forEach((item, index) => add(`${name}[${index}]`, item));
    else if (typeof value === 'object') for (const [key, item] of Object.entries(value)) add(`${name}[${key}]`, item);
    else body.append(name, String(value));
  };
  for (const [name, value] of Object.entries(params)) add(name, value);
  return body;
}
