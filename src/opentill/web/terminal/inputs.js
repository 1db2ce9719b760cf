// @ts-check
/**
 * Forms in the SDK's words and in the API's.
 */

import {invalid} from './arguments.js';

const TYPES = new Set(['selection', 'signature', 'phone', 'email', 'numeric', 'text']);

/**
 * The API's inputs for `collectInputs`. Throws TerminalError.
 *
 * @param {any} parameters
 */
export function asked(parameters) {
  if (!Array.isArray(parameters?.inputs) || parameters.inputs.length === 0) {
    throw invalid('collectInputs needs `inputs`: a list of one form or more.');
  }
  return parameters.inputs.map((/** @type {any} */ input, /** @type {number} */ index) => {
    if (!TYPES.has(input?.formType)) {
      throw invalid(`inputs[${index}].formType must be one of: ${[...TYPES].join(', ')}.`);
    }
    return {
      type: input.formType,
      required: input.required,
      custom_text: {
        title: input.title,
        description: input.description,
        submit_button: input.submitButtonText,
        skip_button: input.skipButtonText,
      },
      selection: input.formType === 'selection' ? {choices: input.selectionButtons ?? []} : undefined,
      toggles: input.toggles?.map((/** @type {any} */ toggle) => ({
        title: toggle.title,
        description: toggle.description,
        default_value: toggle.defaultValue,
      })),
    };
  });
}

/**
 * The SDK's results for the API's inputs that were filled in.
 *
 * @param {any[]} inputs
 */
export function entered(inputs) {
  return inputs.map((input) => {
    const skipped = input.skipped === true;
    const value = skipped ? null : (input[input.type]?.value ?? null);
    const result = {
      formType: input.type,
      skipped,
      toggles: (input.toggles ?? []).map((/** @type {any} */ toggle) => (skipped ? 'skipped' : toggle.value)),
    };
    switch (input.type) {
      case 'selection':
        return {
          ...result,
          selection: skipped ? null : (input.selection?.text ?? null),
          selectionId: skipped ? null : (input.selection?.id ?? null),
        };
      case 'signature':
        return {...result, signatureSvg: value};
      case 'numeric':
        return {...result, numericString: value};
      default:
        return {...result, [input.type]: value};
    }
  });
}
