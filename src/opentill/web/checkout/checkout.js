// The form of a Checkout Session, made quicker: the brand while the number is typed, what is wrong as soon as a field is
// left, and a submission that leaves what was typed in its place. Without this script the form works as it is.

const form = document.querySelector('#checkout');
const texts = JSON.parse(form.dataset.texts);
const alert = document.querySelector('#alert');
const button = form.querySelector('button.submit');
const label = button.textContent;
const field = (name) => form.elements.namedItem(name);
const digits = (text) => text.replace(/\D/g, '');

document.documentElement.classList.add('scripted');

// Card numbers ------------------------------------------------------------------------------------------------------

const BRANDS = [
  ['amex', /^3[47]/, [15], [4, 6, 5]],
  ['diners', /^(30[0-5]|309|36|38|39)/, [14, 16, 19], [4, 6, 4]],
  ['jcb', /^35(2[89]|[3-8])/, [16, 17, 18, 19], [4, 4, 4, 7]],
  ['discover', /^(6011|64[4-9]|65)/, [16, 17, 18, 19], [4, 4, 4, 7]],
  ['unionpay', /^(62|81)/, [16, 17, 18, 19], [4, 4, 4, 7]],
  ['mastercard', /^(5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [16], [4, 4, 4, 4]],
  ['visa', /^4/, [13, 16, 19], [4, 4, 4, 7]],
];
const ANY = ['', /^/, [13, 14, 15, 16, 17, 18, 19], [4, 4, 4, 7]];
const brandOf = (number) => BRANDS.find(([, begins]) => number && begins.test(number)) ?? ANY;

function luhn(number) {
  let sum = 0;
  [...number].reverse().forEach((digit, place) => {
    const value = Number(digit) * (place % 2 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  });
  return sum % 10 === 0;
}

// A text in groups, with the caret behind as many digits as before.
function regroup(input, grouped) {
  const before = digits(input.value.slice(0, input.selectionStart ?? input.value.length)).length;
  const atEnd = input.selectionStart === input.value.length;
  if (input.value === grouped) return;
  input.value = grouped;
  if (atEnd || document.activeElement !== input) return;
  let seen = 0;
  let place = 0;
  while (place < grouped.length && seen < before) if (/\d/.test(grouped[place++])) seen += 1;
  input.setSelectionRange(place, place);
}

function typedNumber() {
  const input = field('cardNumber');
  const number = digits(input.value).slice(0, 19);
  const [brand, , , groups] = brandOf(number);
  const parts = [];
  let at = 0;
  for (const size of groups) {
    if (at < number.length) parts.push(number.slice(at, at + size));
    at += size;
  }
  regroup(input, parts.join(' '));
  form.querySelector('.brands').dataset.shown = brand;
}

function typedExpiry(event) {
  const input = field('cardExpiry');
  let text = digits(input.value).slice(0, 6);
  if (/^[2-9]/.test(text)) text = `0${text}`;
  if (event?.inputType === 'deleteContentBackward') return;
  regroup(input, text.length >= 2 ? `${text.slice(0, 2)} / ${text.slice(2)}` : text);
}

// What is wrong -----------------------------------------------------------------------------------------------------

function postalProblem(name) {
  const code = field(name).value.trim();
  const country = field(name.replace('PostalCode', 'Country')).value;
  const pattern = texts.postal[country];
  if (!code) return field(name).getAttribute('aria-required') === 'true' ? 'required' : null;
  return pattern && !new RegExp(`^(?:${pattern})$`).test(code.toUpperCase()) ? 'postal_invalid' : null;
}

function expiryProblem(text) {
  const [, month, year] = /^(\d{1,2}) ?\/ ?(\d{2}|\d{4})$/.exec(text.trim()) ?? [];
  if (!month || month < 1 || month > 12) return 'expiry_incomplete';
  const full = year.length === 2 ? 2000 + Number(year) : Number(year);
  const now = new Date();
  return full * 12 + Number(month) < now.getFullYear() * 12 + now.getMonth() + 1 ? 'expiry_past' : null;
}

const RULES = {
  email: (value) => (/^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(value.trim()) ? null : 'email_invalid'),
  cardNumber: (value) => {
    const number = digits(value);
    const [, , lengths] = brandOf(number);
    if (number.length < Math.min(...lengths)) return 'number_incomplete';
    return lengths.includes(number.length) && luhn(number) ? null : 'number_invalid';
  },
  cardExpiry: expiryProblem,
  cardCvc: (value) => {
    const [brand] = brandOf(digits(field('cardNumber').value));
    return digits(value).length >= (brand === 'amex' ? 4 : 3) ? null : 'cvc_incomplete';
  },
};

function problemOf(input) {
  if (input.readOnly || input.closest('[hidden]') || !document.getElementById(`${input.name}-error`)) return null;
  if (input.name.endsWith('PostalCode')) return postalProblem(input.name);
  if (!input.value.trim()) return input.getAttribute('aria-required') === 'true' ? 'required' : null;
  return RULES[input.name]?.(input.value) ?? null;
}

function say(name, text) {
  const input = field(name);
  const place = document.getElementById(`${name}-error`);
  if (!input || !place) return;
  place.textContent = text ?? '';
  place.hidden = !text;
  if (text) input.setAttribute('aria-invalid', 'true');
  else input.removeAttribute('aria-invalid');
}

function sayAll(message) {
  alert.replaceChildren();
  if (!message) return;
  const text = document.createElement('p');
  text.textContent = message;
  alert.append(text);
}

function check() {
  let first = null;
  for (const input of form.elements) {
    if (!input.name) continue;
    const problem = problemOf(input);
    say(input.name, problem && texts[problem]);
    if (problem) first ??= input;
  }
  return first;
}

// Addresses by country ----------------------------------------------------------------------------------------------

function country(prefix) {
  const chosen = field(`${prefix}Country`);
  const code = field(`${prefix}PostalCode`);
  if (!chosen || !code) return;
  const called = (name, names) => {
    const text = form.querySelector(`label[for="${name}"] span`);
    if (text) text.textContent = names[chosen.value] ?? names[''];
  };
  called(code.name, texts.codes);
  called(`${prefix}AdministrativeArea`, texts.states);
  const needed = texts.needed[chosen.value] ?? texts.needed[''];
  const least = code.hasAttribute('data-least');
  for (const part of ['PostalCode', 'AdministrativeArea', 'Locality']) {
    const input = field(prefix + part);
    if (!input) continue;
    const asked = least ? chosen.value in texts.postal : needed.includes(part);
    input.closest('.field').hidden = !asked;
    input.setAttribute('aria-required', String(asked));
    form.querySelector(`label[for="${input.name}"] .optional`)?.remove();
    say(input.name, null);
  }
}

// Submitting --------------------------------------------------------------------------------------------------------

let busy = false;

function setBusy(now) {
  busy = now;
  button.setAttribute('aria-disabled', String(now));
  button.textContent = now ? button.dataset.busy : label;
  form.toggleAttribute('aria-busy', now);
}

async function submit() {
  setBusy(true);
  sayAll(null);
  try {
    const answer = await fetch(form.action, {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(new FormData(form)),
    });
    const outcome = await answer.json();
    if (outcome.redirect) {
      location.assign(outcome.redirect);
      return; // and stay busy until the other page is there
    }
    if (outcome.reload) {
      location.reload();
      return;
    }
    setBusy(false);
    for (const [name, text] of Object.entries(outcome.errors ?? {})) say(name, text);
    sayAll(outcome.message ?? texts.went_wrong);
    const first = [...form.elements].find((input) => input.name && input.getAttribute('aria-invalid') === 'true');
    (first ?? alert).focus();
  } catch {
    setBusy(false);
    sayAll(texts.went_wrong);
    alert.focus();
  }
}

form.addEventListener('submit', (event) => {
  if (event.submitter?.name === 'update') return; // the server shows the new total
  event.preventDefault();
  if (busy) return;
  if (form.querySelector('.summary.changed')) {
    setTimeout(() => form.querySelector('button.quiet').click()); // no form is submitted while it is being submitted
    return;
  }
  const first = check();
  if (first) {
    sayAll(texts.check_fields);
    first.focus();
    return;
  }
  submit();
});

form.addEventListener('focusout', ({ target }) => {
  if (!target.name || !target.value) return; // who only passes through is not told that something is missing
  const problem = problemOf(target);
  say(target.name, problem && texts[problem]);
});

form.addEventListener('input', (event) => {
  const { name } = event.target;
  if (name === 'cardNumber') typedNumber();
  if (name === 'cardExpiry') typedExpiry(event);
  if (name === 'cardCvc') event.target.value = digits(event.target.value).slice(0, 4);
  if (name === 'billingCountry') country('billing');
  if (name === 'shippingCountry') country('shipping');
  if (name?.startsWith('quantity-')) form.querySelector('.summary').classList.add('changed');
  if (name && event.target.getAttribute('aria-invalid') === 'true' && !problemOf(event.target)) say(name, null);
});

// A page that comes back from the browser's memory is ready to be used again.
addEventListener('pageshow', () => setBusy(false));

if (field('cardNumber')) typedNumber();
country('billing');
country('shipping');
