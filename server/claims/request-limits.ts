/** What a claimant may ask for that only the worker can do. */
export type RequestKind = 'new_link' | 'correct_email'

/** The browser that filed, the link of an older mail, or whoever knows the claim's number. */
export type AskedFrom = 'filed' | 'link' | 'number'

export interface RequestLimits {
  verificationResends: number
  resendsByNumber: number
  resendHours: number
  emailCorrections: number
}

export interface RequestLimit {
  most: number
  /** counted from then on; null: over the claim's whole life */
  since: Date | null
}

const hourMs = 60 * 60 * 1000

/**
 * How often something may be asked for. Mail that is asked for again is counted by who asks, so that
 * nobody can use up the allowance of the browser that filed, and over some hours, so that it comes back.
 * Corrections are counted for themselves: the mail that went to a wrong address keeps nobody from mending it.
 */
export function requestLimit(
  { kind, from, at }: { kind: RequestKind; from: AskedFrom; at: Date },
  limits: RequestLimits,
): RequestLimit {
  if (kind === 'correct_email') return { most: limits.emailCorrections, since: null }
  const most = from === 'number' ? limits.resendsByNumber : limits.verificationResends
  return { most, since: new Date(at.getTime() - limits.resendHours * hourMs) }
}

/** What was refused because it was asked for too often. */
export interface TooOften {
  outcome: 'too_often'
  /** so many times already */
  count: number
  /** from when on it can be asked for again; null: not for this claim */
  again: Date | null
}

/** The refusal, when these earlier requests (oldest first) have used the limit up. */
export function refusalOf(
  earlier: Date[],
  { most, since }: RequestLimit,
  { resendHours }: RequestLimits,
): TooOften | null {
  if (earlier.length < most) return null
  // Once this one leaves the window, one fewer than the limit is left in it.
  const leaving = earlier[earlier.length - most]
  const again = since && leaving ? new Date(leaving.getTime() + resendHours * hourMs) : null
  return { outcome: 'too_often', count: earlier.length, again }
}
