/** What a claim may lack. */
export const needKindNames = ['answer', 'document', 'signature', 'confirm'] as const
export type NeedKind = (typeof needKindNames)[number]

interface NeedPages {
  /** Where it is done in a browser in which the claim is open, or null. */
  own: ((number: string, needId: string, ref: string) => string) | null
  /**
   * Where whoever holds the link to this one task does it, without opening claims; null: under the link itself,
   * which shows the form (`answer`) or leads to where claims are opened.
   */
  task: ((token: string) => string) | null
}

/**
 * Which page does what. A feature that takes documents or signatures mounts its pages here; what arrives
 * through them meets the need by `meetNeed`. An address is confirmed by a link of its own.
 */
export const needPages: Record<NeedKind, NeedPages> = {
  answer: { own: (number, needId) => `/claims/mine/${number}/needs/${needId}`, task: null },
  document: {
    own: (number) => `/claims/mine/${number}/documents`,
    task: (token) => `/tasks/${token}/document`,
  },
  // Signed where all of one's own claim is open, because the papers hold it.
  // A guardian signs under a link of their own, which is sent again from there.
  signature: {
    own: (number, _needId, ref) =>
      `/claims/mine/${number}/${ref === 'guardian' ? 'papers' : 'sign'}`,
    task: null,
  },
  confirm: { own: null, task: null },
}

/** Staff ask only for what there is a page for. */
export function canBeAsked(kind: NeedKind): boolean {
  return needPages[kind].own !== null
}
