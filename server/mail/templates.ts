/**
 * The mails that Joinder sends, whom each goes to, and what its `subject_id` names. Adding one means a
 * line here, `views/mail/<name>.{text,html}.ejs` and its words in the `mail` language files.
 */
export const mailTemplates = {
  /** subject: the row of `verifications` whose link and code it carries */
  'verify-claim': { to: 'claimant', subject: 'verification' },
  /** the corrected address gets the same mail, saying why; subject as above */
  'verify-corrected': { to: 'claimant', subject: 'verification' },
  /** this person's earlier, confirmed claim in the same matter; subject: that claim */
  'already-filed': { to: 'claimant', subject: 'claim' },
  /** opens all claims with this address; subject: the row of `claimant_links` */
  'own-claims': { to: 'claimant', subject: 'link' },
  'claim-accepted': { to: 'claimant', subject: 'none' },
  'claim-rejected': { to: 'claimant', subject: 'none' },
  /** to the address sealed in what was asked; subject: that row of `draft_requests` */
  'continue-filing': { to: 'writer', subject: 'draft_request' },
  /** subject: the row of `invitations` whose link it carries */
  invitation: { to: 'person', subject: 'invitation' },
  /** a delivery is ready to download; subject: the batch */
  'batch-ready': { to: 'person', subject: 'batch' },
  /** somebody wanted to open more claims than one person may; subject: that person */
  'opening-refused': { to: 'person', subject: 'person' },
  /** a sign-in in a browser that the account had not seen; subject: that row of `known_devices` */
  'new-device': { to: 'person', subject: 'device' },
  /** what follows tells people of a change to their own account; subject: they themselves */
  'password-changed': { to: 'person', subject: 'person' },
  'factors-changed': { to: 'person', subject: 'person' },
  'factors-reset': { to: 'person', subject: 'person' },
  'recovery-used': { to: 'person', subject: 'person' },
} as const

export type MailTemplate = keyof typeof mailTemplates

type To<Name extends MailTemplate> = (typeof mailTemplates)[Name]['to']
type TemplateTo<Who> = {
  [Name in MailTemplate]: To<Name> extends Who ? Name : never
}[MailTemplate]
export type ClaimantTemplate = TemplateTo<'claimant'>
/** To somebody who writes a draft and has no claim yet. */
export type WriterTemplate = TemplateTo<'writer'>
export type PersonTemplate = TemplateTo<'person'>

export function isMailTemplate(name: string): name is MailTemplate {
  return Object.hasOwn(mailTemplates, name)
}
