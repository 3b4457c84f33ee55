/**
 * Every limit of the portal, with its unit in its name. Part of the configuration (`config.limits`),
 * and a file of its own only so that it reads as one list.
 */
export interface Limits {
  /** Largest body of a form, in bytes; files have their own. */
  bodyBytes: number
  /** Most fields in one form body. */
  bodyFields: number
  /** A draft that nobody touches is deleted after this. */
  draftDays: number
  /** A claimant's session and the cookie that carries their key. */
  sessionHours: number
  /** A verification link and its six-digit code. */
  verificationHours: number
  /** Wrong codes before the code is dead. */
  verificationAttempts: number
  /** Verification mails that the browser which filed may ask for again within `resendHours`; so may a mailed link. */
  verificationResends: number
  /** The same for whoever knows the claim's number. */
  resendsByNumber: number
  resendHours: number
  /** How often the address of one claim may be corrected. */
  emailCorrections: number
  /** A mailed link to one's own claims, and its six-digit code. */
  accessHours: number
  /** Wrong codes before the code is dead; the link in the mail still opens. */
  accessAttempts: number
  /** Such mails to one address in `accessHours`: links asked for before still open. */
  accessMails: number
  /** Claims with one address that it opens, the newest. */
  accessClaims: number
  /** A page that waits for the worker asks so often, … */
  accessWaitSeconds: number
  /** … and after this leaves it to the person. */
  accessWaitMaxSeconds: number
  /** How long after filing a claimant may replace their answers without a moderator. */
  correctionHours: number
  /** An unverified claim expires and is erased. */
  unverifiedDays: number
  /** Browsers and proxies may keep a page about a matter so long. */
  matterCacheSeconds: number
  /** The same for the ledger's page … */
  ledgerCacheSeconds: number
  /** … and for the checkpoint, which those who check want fresh. */
  checkpointCacheSeconds: number
  /** The page of the ledger draws so many days, today among them, … */
  ledgerDays: number
  /** … and lists so many entries, the newest. */
  ledgerEntries: number
  /** Largest receipt, pasted or as a file, that /verify reads. */
  verifyFileBytes: number
  /** Rows of a list on one page. */
  pageSize: number
  /** Entries, openings and mails that the page of one claim shows, the newest. */
  historyRows: number
  /** Claims that one run of a batch job opens and encrypts. */
  batchChunkClaims: number
  /** Claims of one batch. */
  batchMaxClaims: number
  /** The list of deliveries counts claims to deliver no further than this. */
  batchCountMax: number
  /** Attempts of one mail before it counts as failed. */
  mailAttempts: number
  /** Wait before the second attempt of a mail; doubles each time. */
  mailBackoffMs: number
  /** The longest such wait: with it, sixteen attempts last about two days. */
  mailBackoffMaxMs: number
  /** One attempt may take so long before another run may take the mail over. */
  mailLeaseMs: number
  /** A queued mail that nothing has tried for so long is handed to the queue again. */
  mailRedriveMs: number
  /** A queued mail older than this stands among those that have not gone out. */
  mailLateMs: number
  /** Staff and the log are told when the oldest mail that still waits is older than this. */
  mailAlertMs: number
  /** Mails that have not gone out are counted no further than this, for each state. */
  mailCountMax: number
  /** Connections to the mail server that one worker keeps. */
  mailConnections: number
  /** How often the worker looks for stuck mails, expired claims and expired drafts. */
  sweepMs: number
  /** Rows that one sweep takes up. */
  sweepRows: number
  /** Work that a job should have done so long ago (screening, a request, a delivery) is asked for again. */
  redriveMs: number
  /** How often a canary job goes through the queue, and the age at which it means "not working". */
  canaryMs: number
  canaryMaxMs: number
  /** Mails that the local mail catcher keeps. */
  catcherMails: number
  /** Attempts of any other job. */
  jobAttempts: number
  jobBackoffMs: number
  /** A job of a worker that died is taken up again after this. */
  jobLockMs: number
  /** A worker that starts waits so long for the Redis that was named. */
  redisWaitMs: number
  /** Connections of the queue: one a kind of job for LISTEN, the rest for short statements. */
  queuePoolMax: number
  /** Marks of things done are kept so long; no job lives longer. */
  effectKeepDays: number
  /** How often the relay looks for outbox rows. */
  outboxPollMs: number
  outboxBatchRows: number
  /** How often the sequencer gives pending entries their place. */
  sequencerPollMs: number
  /** How many entries it places in one transaction. */
  sequencerBatchEntries: number
  /** BullMQ keeps finished jobs so long; de-duplication by job id lasts no longer. */
  jobKeepHours: number

  /** Connections of each process's main pool. */
  poolMax: number
  /** The vault's own pool, so that a busy site cannot keep an opening from being recorded. */
  vaultPoolMax: number
  /** A pool for health checks, so that a full main pool shows as such. */
  healthPoolMax: number
  /** Wait for a free connection before the request is answered "unavailable". */
  poolAcquireMs: number
  /** PostgreSQL timeouts of the four logins, set by `npm run roles`; 0 is none. */
  database: Record<
    'public' | 'staff' | 'worker' | 'migrator',
    { statementMs: number; idleInTransactionMs: number; lockMs: number }
  >

  /** A staff session ends after this much silence … */
  staffIdleMinutes: number
  /** … and after this long in any case. */
  staffSessionHours: number
  passwordMinChars: number
  passwordMaxChars: number
  /** An invitation to a staff account. */
  invitationHours: number
  /** Openings of one member of staff in 24 hours; past it the vault refuses and tells the administrators. */
  openingsPerDay: number
  /** The same within one hour. */
  openingsPerHour: number
  /** So often at most the administrators are told of the same person. */
  refusalMailMs: number

  /** Rate limits: so many points in so many seconds, by keyed hash of address or account. */
  rate: Record<
    | 'submit'
    | 'draft'
    | 'verify'
    | 'lookup'
    | 'continuation'
    | 'continuationMail'
    | 'check'
    | 'paper'
    | 'signIn'
    | 'signInAddress'
    | 'factor'
    | 'page',
    { points: number; seconds: number }
  >

  /** Guesses from one place before the first wait; each further one doubles the wait up to the most. */
  waitFreeGuesses: number
  waitFirstSeconds: number
  waitMostSeconds: number
  /** Between the password and the second factor. */
  halfwayMinutes: number
  /** After an invitation is taken up, or a factor reset, the password alone leads to setting up a first one so long. */
  enrolHours: number
  /** A second factor counts so long for what asks for it anew: export, rights, factors. */
  stepUpMinutes: number
  recoveryCodes: number
  passkeysMax: number
  /** A browser in which somebody signed in is known so long. */
  deviceDays: number
  /** An account that nobody used for so long falls asleep. */
  sleepDays: number
  /** An administrator reviews all accounts at least so often. */
  reviewDays: number
  /** A download that is under way looks so often whether its person still may. */
  endedCheckMs: number

  /** A process that is told to stop finishes open requests within this. */
  shutdownMs: number
  /** The supervisor gives a process so long to become ready. */
  startMs: number
  /** First wait before a crashed process is started again; doubles up to restartMaxMs. */
  restartMinMs: number
  restartMaxMs: number
}

export const limits: Limits = {
  bodyBytes: 256 * 1024,
  bodyFields: 400,
  draftDays: 30,
  sessionHours: 12,
  verificationHours: 72,
  verificationAttempts: 5,
  verificationResends: 5,
  resendsByNumber: 2,
  resendHours: 24,
  emailCorrections: 5,
  accessHours: 24,
  accessAttempts: 5,
  accessMails: 6,
  accessClaims: 50,
  accessWaitSeconds: 2,
  accessWaitMaxSeconds: 60,
  correctionHours: 24,
  unverifiedDays: 14,
  matterCacheSeconds: 60,
  ledgerCacheSeconds: 15,
  checkpointCacheSeconds: 3,
  ledgerDays: 30,
  ledgerEntries: 20,
  verifyFileBytes: 512 * 1024,
  pageSize: 25,
  historyRows: 200,
  batchChunkClaims: 200,
  batchMaxClaims: 50_000,
  batchCountMax: 1_000,
  mailAttempts: 16,
  mailBackoffMs: 30_000,
  mailBackoffMaxMs: 6 * 3600_000,
  mailLeaseMs: 120_000,
  mailRedriveMs: 180_000,
  mailLateMs: 10 * 60_000,
  mailAlertMs: 60 * 60_000,
  mailCountMax: 999,
  mailConnections: 4,
  sweepMs: 30_000,
  sweepRows: 500,
  redriveMs: 10 * 60_000,
  canaryMs: 60_000,
  canaryMaxMs: 240_000,
  catcherMails: 500,
  jobAttempts: 10,
  jobBackoffMs: 5_000,
  jobLockMs: 30_000,
  redisWaitMs: 10_000,
  queuePoolMax: 14,
  effectKeepDays: 30,
  outboxPollMs: 250,
  outboxBatchRows: 200,
  sequencerPollMs: 1_000,
  sequencerBatchEntries: 5_000,
  jobKeepHours: 24,

  poolMax: 10,
  vaultPoolMax: 4,
  healthPoolMax: 1,
  poolAcquireMs: 5_000,
  database: {
    public: { statementMs: 10_000, idleInTransactionMs: 15_000, lockMs: 5_000 },
    staff: { statementMs: 15_000, idleInTransactionMs: 15_000, lockMs: 5_000 },
    worker: { statementMs: 300_000, idleInTransactionMs: 60_000, lockMs: 15_000 },
    migrator: { statementMs: 0, idleInTransactionMs: 300_000, lockMs: 15_000 },
  },

  staffIdleMinutes: 30,
  staffSessionHours: 10,
  passwordMinChars: 12,
  passwordMaxChars: 256,
  invitationHours: 72,
  openingsPerDay: 400,
  openingsPerHour: 120,
  refusalMailMs: 3600_000,

  rate: {
    // Generous: behind one address of a carrier or an internet café stand hundreds of people, and all
    // of them come on the day a case is in the news.
    submit: { points: 600, seconds: 3600 },
    draft: { points: 6000, seconds: 3600 },
    verify: { points: 300, seconds: 3600 },
    // Counted by claim, not by address.
    lookup: { points: 10, seconds: 3600 },
    // A link to continue elsewhere: by network address, and by draft or mailbox.
    continuation: { points: 120, seconds: 3600 },
    continuationMail: { points: 6, seconds: 3600 },
    check: { points: 3_000, seconds: 3600 },
    // A PDF takes some 30 ms of the process that makes it.
    paper: { points: 600, seconds: 3600 },
    // Guesses at one account from browsers it does not know, from wherever they come; each network has
    // to wait long before it gets there.
    signIn: { points: 100, seconds: 3600 },
    signInAddress: { points: 50, seconds: 900 },
    // Guesses at a second factor, after the right password, from browsers the account does not know.
    factor: { points: 30, seconds: 3600 },
    page: { points: 6_000, seconds: 60 },
  },

  waitFreeGuesses: 5,
  waitFirstSeconds: 60,
  waitMostSeconds: 3600,
  halfwayMinutes: 10,
  enrolHours: 72,
  stepUpMinutes: 10,
  recoveryCodes: 10,
  passkeysMax: 5,
  deviceDays: 180,
  sleepDays: 90,
  reviewDays: 92,
  endedCheckMs: 2_000,

  shutdownMs: 10_000,
  startMs: 30_000,
  restartMinMs: 500,
  restartMaxMs: 30_000,
}
