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
  /** confirms what was signed in one's own page; subject: the row of `verifications` */
  'confirm-signing': { to: 'claimant', subject: 'verification' },
  /** to the guardian that a claim names; subject: the row of `guardian_links` */
  'guardian-sign': { to: 'claimant', subject: 'guardian_link' },
  'claim-accepted': { to: 'claimant', subject: 'none' },
  'claim-rejected': { to: 'claimant', subject: 'none' },
  /** something of the claim was changed from its person's own page; subject: that row of `claim_changes` */
  'claim-changed': { to: 'claimant', subject: 'change' },
  'claim-withdrawn': { to: 'claimant', subject: 'none' },
  /**
   * To a mailbox of somebody who has a claim that does not, or not any more, stand on it; subject: the row of
   * `email_changes` in which the address is sealed. The first two ask both mailboxes to confirm.
   */
  'email-change-old': { to: 'mailbox', subject: 'email_change' },
  'email-change-new': { to: 'mailbox', subject: 'email_change' },
  /** staff say that the mailbox was lost: its owner can stop that */
  'email-change-staff-notice': { to: 'mailbox', subject: 'email_change' },
  'email-changed-old': { to: 'mailbox', subject: 'email_change' },
  /** to the new address, which stands on the claim by then; subject as above */
  'email-changed': { to: 'claimant', subject: 'email_change' },
  /** what a moderator asked for, a link for each; subject: their note, the row of `messages`, if they wrote one */
  'claim-deficient': { to: 'claimant', subject: 'message' },
  /** the same, because the person asked for new links */
  'task-links': { to: 'claimant', subject: 'none' },
  /** what is still missing, a link for each; subject: the row of `verifications` while the address is */
  reminder: { to: 'claimant', subject: 'verification' },
  /** the link to all that is kept of them; subject: the row of `claim_changes`, of which the link is derived */
  'data-ready': { to: 'claimant', subject: 'change' },
  /** subject: the row of `erasure_requests` */
  'erasure-asked': { to: 'claimant', subject: 'erasure' },
  'erasure-answered': { to: 'claimant', subject: 'erasure' },
  /** somebody wrote to the person about it; subject: the message, of which the mail says no word */
  'message-answered': { to: 'claimant', subject: 'message' },
  /** a document was destroyed by staff or by what checks it; subject: the row of `evidence` */
  'document-destroyed': { to: 'claimant', subject: 'document' },
  /** to the address sealed in what was asked; subject: that row of `draft_requests` */
  'continue-filing': { to: 'writer', subject: 'draft_request' },
  /** to the mailbox of a member of a household for whom a form was filled in; subject as above */
  'member-form': { to: 'writer', subject: 'draft_request' },
  /** subject: the row of `invitations` whose link it carries */
  invitation: { to: 'person', subject: 'invitation' },
  /** a delivery is ready to download; subject: the batch */
  'batch-ready': { to: 'person', subject: 'batch' },
  /** claims that a firm has were withdrawn or are no longer accepted; subject: the newest of `recalls` */
  recall: { to: 'person', subject: 'recall' },
  /** what looks like somebody reading or guessing too much; subject: the row of `alerts` */
  alert: { to: 'person', subject: 'alert' },
  /** nobody has reviewed the log of last month; subject: the row of `log_review_reminders` */
  'log-review-due': { to: 'person', subject: 'log_review' },
  /** questions of claimants wait for an answer; subject: whoever is told */
  'questions-waiting': { to: 'person', subject: 'person' },
  /** a sign-in in a browser that the account had not seen; subject: that row of `known_devices` */
  'new-device': { to: 'person', subject: 'device' },
  /** what follows tells people of a change to their own account; subject: they themselves */
  'password-changed': { to: 'person', subject: 'person' },
  'factors-changed': { to: 'person', subject: 'person' },
  'factors-reset': { to: 'person', subject: 'person' },
  'recovery-used': { to: 'person', subject: 'person' },
  /** something that needs two people; subject: the row of `approvals` */
  'approval-asked': { to: 'person', subject: 'approval' },
  /** to all staff: nobody else could decide it, so it is done unless somebody stops it */
  'approval-solo': { to: 'person', subject: 'approval' },
  /** what came of it, to whoever asked */
  'approval-over': { to: 'person', subject: 'approval' },
} as const

export type MailTemplate = keyof typeof mailTemplates

type To<Name extends MailTemplate> = (typeof mailTemplates)[Name]['to']
type TemplateTo<Who> = {
  [Name in MailTemplate]: To<Name> extends Who ? Name : never
}[MailTemplate]
export type ClaimantTemplate = TemplateTo<'claimant'>
/** To an address that a claimant gives up, or has not got yet on their claim. */
export type MailboxTemplate = TemplateTo<'mailbox'>
/** To somebody who writes a draft and has no claim yet. */
export type WriterTemplate = TemplateTo<'writer'>
export type PersonTemplate = TemplateTo<'person'>

/** Mails about a claim that go to another address than the one on it. */
export const elsewhereTemplates: readonly string[] = [
  'guardian-sign',
  ...(Object.keys(mailTemplates) as MailTemplate[]).filter(
    (name) => mailTemplates[name].to === 'mailbox',
  ),
]

/** Whether a mail about a claim goes to the address that stands on it. */
export function goesToClaimant(template: string): boolean {
  return !elsewhereTemplates.includes(template)
}

export function isMailTemplate(name: string): name is MailTemplate {
  return Object.hasOwn(mailTemplates, name)
}
