// @ts-check
/**
 * Shapes that the SDK's modules share. Nothing here is code.
 *
 * @typedef {import('@stripe/terminal-js').Reader} Reader
 * @typedef {import('@stripe/terminal-js').ErrorResponse} ErrorResponse
 * @typedef {Record<string, any> & {
 *   type: string, status: 'in_progress' | 'succeeded' | 'failed', failure_code: string | null,
 *   failure_message: string | null, api_error: Record<string, any> | null}} Action
 * @typedef {'idle' | 'waiting' | 'showing' | 'working' | 'collected' | 'succeeded' | 'failed'} Phase
 * @typedef {{reader: Reader, phase: Phase, payment_method: any}} PosReader what the server says of a reader we hold
 * @typedef {Record<string, unknown>} Params what is sent, before it is made a form of
 */

export {};
