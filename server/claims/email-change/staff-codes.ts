/** Why staff change an address; worded for the claimant where they see who did what. */
export const lostReasons = ['account_closed', 'no_access', 'work_school', 'taken_over'] as const
export type LostReason = (typeof lostReasons)[number]

/** How they made sure that whoever asks is the claimant; the claimant and the old mailbox are told. */
export const identifiedWays = [
  'phone_questions',
  'document_seen',
  'video_call',
  'represented',
] as const
export type IdentifiedBy = (typeof identifiedWays)[number]

export const declineReasons = [
  'not_identified',
  'wrong_address',
  'claimant_objects',
  'mistake',
] as const
export type DeclineReason = (typeof declineReasons)[number]
