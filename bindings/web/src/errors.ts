// Errors: the library's error classes, as rejections and exceptions of one type.

/** The class of a failure: what a program branches on. The names are those of `geyser::Errc`; their meaning is in docs/errors.md. */
export const errorCodes = [
  'invalid_argument',
  'unsupported_format',
  'unsupported_handle',
  'unsupported_feature',
  'limit_exceeded',
  'device_mismatch',
  'access_conflict',
  'invalid_state',
  'not_initialized',
  'timed_out',
  'out_of_memory',
  'not_found',
  'peer_gone',
  'protocol_error',
  'device_lost',
  'os_error',
  'internal',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** True for the name of an error class; for codes that come from another context or process. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && (errorCodes as readonly string[]).includes(value);
}

/** Every failure that this package reports. `message` is one sentence: what was given, what is allowed, what to do. */
export class GeyserError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'GeyserError';
    this.code = code;
  }
}

/** `error` as a GeyserError: itself, or `code` with `doing` and the browser's own words. For what a browser's API throws. */
export function asGeyserError(error: unknown, code: ErrorCode, doing: string): GeyserError {
  if (error instanceof GeyserError) return error;
  const words = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new GeyserError(code, `${doing} failed: ${words}`, { cause: error });
}
