/** The colour of each state of a mail, as tags take it. */
export const mailTones = {
  queued: 'info',
  sent: 'ok',
  deferred: 'warn',
  bounced: 'bad',
  failed: 'bad',
  dropped: 'neutral',
} as const
