import type { GivenConsent } from '../claims/claim-content'
import type { Consent, Matter } from '../matters/matter-file'

/**
 * Each consent of the matter as it was ticked, or not, to today's words; one that names the firm as the
 * recipient, with the firm of today: another firm is another consent (PIPA 17).
 */
export function consentsOf(matter: Matter, given: string[], now: Date): GivenConsent[] {
  const at = now.toISOString()
  return matter.content.consents.map(({ id, version, kind }) => ({
    id,
    version,
    given: given.includes(id),
    at,
    ...(namesFirm(kind) ? { firm: matter.firm.id } : {}),
  }))
}

/** Whether a consent of this kind is to giving data to the firm. */
export function namesFirm(kind: Consent['kind']): boolean {
  return kind === 'provision' || kind === 'overseas'
}

/** Whether this consent was given, to today's words and, where it names the firm, to today's firm. */
export function isGiven(
  given: readonly GivenConsent[],
  { id, version, kind }: Consent,
  matter: Matter,
): boolean {
  return given.some(
    (one) =>
      one.id === id &&
      one.version === version &&
      one.given &&
      (!namesFirm(kind) || one.firm === matter.firm.id),
  )
}
