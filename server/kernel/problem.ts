/**
 * Everything that can go wrong in a way a person should hear about, with the HTTP status it is
 * answered with. The words stand in the language files under `errors:<code>`.
 */
const statusOf = {
  bad_request: 400,
  not_signed_in: 401,
  not_allowed: 403,
  outside_network: 403,
  form_expired: 403,
  not_found: 404,
  conflict: 409,
  gone: 410,
  too_large: 413,
  unsupported_type: 415,
  invalid: 422,
  too_many_requests: 429,
  budget_exceeded: 429,
  internal: 500,
  unavailable: 503,
} as const

export type ProblemCode = keyof typeof statusOf

/** Thrown by verbs and guards, turned into a page by the one error renderer; `detail` is for the log and holds ids only. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly status: number
  readonly detail: Record<string, string | number> | undefined

  constructor(code: ProblemCode, detail?: Record<string, string | number>) {
    super(code)
    this.name = 'Problem'
    this.code = code
    this.status = statusOf[code]
    this.detail = detail
  }
}
