import type { Role } from './web/person'

/** Openings of one person with this role: past the first two numbers they are refused, … */
export interface OpeningNumbers {
  /** claims in an hour, which rolls */
  perHour: number
  /** claims in one day in Korea */
  perDay: number
  /** … and at these the administrators are alerted: claims in a week from Monday, … */
  weekAlarm: number
  /** … claims in one night, … */
  nightAlarm: number
  /** … originals and signed papers that leave for a device in one day in Korea */
  filesAlarm: number
}

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
  /** What may be asked of one claim by its person in 24 hours: a brake, not a rule. */
  changesPerDay: number
  /** How long after it was asked a change is still made: as long as a queue may stand still. */
  changeMaxAgeMs: number
  /** By how much the clocks of two processes may differ. */
  clockSkewMs: number
  /** After a rejection a person may appeal for so long, … */
  appealDays: number
  /** … and so often over the claim's life. */
  appeals: number
  /** Longest text of an appeal, in characters. */
  appealChars: number
  /** A mailed link to all that is kept of a person works so long. */
  dataCopyDays: number
  /** Such copies of one claim in 24 hours. */
  dataCopies: number
  /** An answer to who wants their data erased is due within so long (PIPA 36; Enforcement Decree 43). */
  erasureAnswerDays: number
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
  /** A firm is mailed about claims that it has and that changed so often at most. */
  recallMailMs: number
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
    | 'upload'
    | 'notice'
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

  /** Longest text of a message about a claim, in characters. */
  messageChars: number
  /** Questions that a person may ask about one claim in 24 hours. */
  questionsPerDay: number
  /** Messages of one thread that are shown, the newest. */
  threadMessages: number
  /** A person who answers questions is told by mail at most so often that some wait. */
  digestMs: number
  /** Longest title and text of news of a case, in characters of one language. */
  newsTitleChars: number
  newsTextChars: number
  /** News that the page of a case or of a claim shows, the newest. */
  newsShown: number
  /** Both mailboxes confirm a change of address within this. */
  emailChangeHours: number
  /** Changes of address that may be begun from one claim's page in 24 hours. */
  emailChangesPerDay: number
  /** Wrong codes before the codes of a change are dead; the links in its mails still work. */
  emailChangeAttempts: number
  /** What staff started for somebody who lost their mailbox ends after this if it is not complete. */
  emailChangeStaffDays: number
  /** It takes effect no sooner after the notice to the old mailbox, so that its owner can stop it. */
  emailChangeHoldHours: number
  /** Whoever starts it has opened the claim to check who asks, no longer ago than this. */
  emailChangeIdentityMinutes: number
  /** Longest note about it, in characters. */
  emailChangeNoteChars: number
  /** What was pressed or typed is kept so long, for the page that tells what came of it. */
  emailChangeAnswerHours: number
  /** Who is asked for what is missing has so long unless the moderator says otherwise, … */
  deficiencyDays: number
  /** … at least so long: shorter windows are lost in spam, … */
  deficiencyMinDays: number
  /** … and at most so long. */
  deficiencyMaxDays: number
  /** Longest note with such a request, in characters. */
  deficiencyNoteChars: number
  /** The link to one task works so long, and so long past its due date. */
  taskLinkDays: number
  /** New links to its tasks that may be asked for of one claim in 24 hours. */
  taskMailsPerDay: number
  /** A person is reminded so many days after something was asked for … */
  reminderDays: readonly number[]
  /** … and so many days before it is due. */
  reminderDaysBefore: readonly number[]
  /** Reminders of one claim, and to one address, are at least so far apart. */
  reminderHours: number
  /** Largest document, in bytes … */
  documentBytes: number
  /** … and largest text file: it is searched as a whole while others wait. */
  documentTextBytes: number
  /** Documents of one claim, destroyed ones not counted … */
  documentsPerClaim: number
  /** … and all their bytes. */
  documentBytesPerClaim: number
  /** Characters of a document's name that are kept. */
  documentNameChars: number
  /** Memory that uploads may take in one process at one time; what comes on top is asked to wait. */
  uploadMemoryBytes: number
  /** An upload from which nothing comes for so long is given up. */
  uploadIdleMs: number
  /** A refused body is read to its end up to so much, so that the browser shows the answer. */
  uploadDrainBytes: number
  /** Images of more pixels are not shown; the largest phones take 200 million. */
  viewMaxPixels: number
  /** Pages of a document that are shown, the first. */
  viewPages: number
  /** Longer side of what is shown, in pixels. */
  viewSidePixels: number
  /** The process that parses documents is ended when it takes longer … */
  parserMs: number
  /** … or more memory (resident), … */
  parserMemoryBytes: number
  /** … or answers with more. */
  parserAnswerBytes: number
  /** A virus scanner that says nothing for so long counts as away. */
  scannerMs: number
  /** An opening shows the documents of its claim for so long. */
  openingHoldsMinutes: number
  /** A stored file without a row is younger than this while its upload is under way. */
  orphanMs: number
  /** How often the store is compared with the database. */
  orphanSweepMs: number
  /** A drawn signature as it is kept: its strokes as JSON. */
  signatureBytes: number
  /** A link under which a guardian signs. */
  guardianDays: number
  /** The worker waits so long for an entry to get its place before it tries the paper again later. */
  paperWaitMs: number
  /** Packs that one sample draws at most. */
  sampleMax: number
  /** Searches for claims by one member of staff in an hour. */
  searchesPerHour: number
  /** Claims that one search finds, the newest. */
  searchClaims: number
  /** A search that nobody has answered by then is forgotten, with what was typed … */
  searchWaitMinutes: number
  /** … and what one found is shown so long. */
  searchShownMinutes: number
  /** Longest text that says why somebody is looked for, in characters. */
  searchWhyChars: number
  /** Longest internal note about a claim, in characters. */
  noteChars: number
  /** Internal notes of a claim that are shown, the newest. */
  notesShown: number
  /** A link that was pressed or a code that was typed is kept so long once answered, for the page that tells. */
  confirmationKeepHours: number

  /** For how long what another case or another person begins with waits to be looked at. */
  carriedMinutes: number
  /** Most claims of a household that a page lists. */
  householdClaims: number
  /** What people may open, by their role, and from when on it is an alarm. */
  openings: Record<Role, OpeningNumbers>
  /** Whoever goes on trying past their number is alerted to at most so often. */
  refusalAlertMs: number
  /** Night, in hours of the clock: in Korea, as the review of the log counts it; for alarms about counsel where their case is. */
  nightHours: { from: number; until: number }
  /** A week with so many times the openings of a person's own weeks before is an alarm, from so many on. */
  unusualWeek: { times: number; least: number }
  /** Downloads of the same delivery by one person in one day. */
  batchAgainAlarm: number
  /** Claims that do not exist, asked for by one person in one day, … */
  unknownPersonAlarm: number
  /** … on the public surface from one network address in an hour, … */
  unknownAddressAlarm: number
  /** … and by everybody together in an hour. */
  unknownAllAlarm: number
  /** Longest statement with which an alert is acknowledged, in characters. */
  alertStatementChars: number
  /** The banner counts open alerts no further than this. */
  alertCountMax: number
  /** A drawn signature has at least so many points … */
  signatureMinPoints: number
  /** … and its strokes are together at least so long, on a field 600 wide. */
  signatureMinLength: number
  /** What was asked about a notice is answered, and kept, so long. */
  noticeCheckHours: number
  /** Wrong guesses at one notice ID in an hour, from wherever; past it nothing is looked up … */
  noticeGuesses: number
  /** … and the same of all IDs of a matter. */
  noticeGuessesOfMatter: number
  /** Lines of a list of notices that are written at a time. */
  noticeChunkLines: number
  /** Longest line of such a list. */
  noticeRecordBytes: number
  /** Imports of such lists that the page of administrators shows, the newest. */
  noticeImportsShown: number

  /** Oversight counts the openings of one program in a period no further than this. */
  jobOpeningsMax: number
  /** Newest rows of a part that the overview of oversight shows. */
  overviewRows: number
  /** Rows of the log that one query of its download reads. */
  logChunkRows: number
  /** The log of a month is reviewed until the end of this day of the next. */
  logReviewDay: number
  /** Months that the list of reviews goes back. */
  logReviewMonths: number
  /** Longest statement of what a review found, in characters. */
  logReviewChars: number
  /** A key in use for longer is warned of. */
  keyMaxDays: number
  /** Listing the claims of a leak may take so long. */
  leakListMs: number
  /** Claims that one query of such a list's download reads. */
  leakChunkRows: number
  /** Such a list is kept so long; what it counted stays. */
  leakListDays: number
  /** Who is asked to approve something has so long. */
  approvalHours: number
  /** What nobody else can approve is carried out after so long, if nobody stops it; the database wants 24 at least. */
  soloApprovalHours: number
  /** A delivery of more claims needs another person. */
  exportClaimsAlone: number
  /** Claims that one person may have erased, or destroy documents of, within an hour; further ones need another person. */
  erasuresAlone: number
  /** Most messages, mails and acts in the copy of somebody's data: more than any claim has. */
  dataCopyRows: number
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
  changesPerDay: 60,
  changeMaxAgeMs: 24 * 60 * 60 * 1000,
  clockSkewMs: 5 * 60 * 1000,
  appealDays: 30,
  appeals: 2,
  appealChars: 4_000,
  dataCopyDays: 7,
  dataCopies: 3,
  erasureAnswerDays: 10,
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
  recallMailMs: 3600_000,
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
  queuePoolMax: 32,
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
    upload: { points: 600, seconds: 3600 },
    // Guesses at notices: the worker counts besides, by ID and by matter.
    notice: { points: 300, seconds: 3600 },
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

  messageChars: 4_000,
  questionsPerDay: 10,
  threadMessages: 200,
  digestMs: 3600_000,
  newsTitleChars: 120,
  newsTextChars: 6_000,
  newsShown: 3,
  emailChangeHours: 72,
  emailChangesPerDay: 3,
  emailChangeAttempts: 5,
  emailChangeStaffDays: 14,
  emailChangeHoldHours: 72,
  emailChangeIdentityMinutes: 60,
  emailChangeNoteChars: 2_000,
  emailChangeAnswerHours: 24,
  deficiencyDays: 21,
  deficiencyMinDays: 14,
  deficiencyMaxDays: 90,
  deficiencyNoteChars: 2_000,
  taskLinkDays: 30,
  taskMailsPerDay: 3,
  reminderDays: [2, 7, 14],
  reminderDaysBefore: [7, 2],
  reminderHours: 24,
  documentBytes: 20 * 1024 * 1024,
  documentTextBytes: 1024 * 1024,
  documentsPerClaim: 30,
  documentBytesPerClaim: 200 * 1024 * 1024,
  documentNameChars: 120,
  uploadMemoryBytes: 512 * 1024 * 1024,
  uploadIdleMs: 60_000,
  uploadDrainBytes: 64 * 1024 * 1024,
  viewMaxPixels: 220_000_000,
  viewPages: 20,
  viewSidePixels: 2_000,
  parserMs: 30_000,
  parserMemoryBytes: 900 * 1024 * 1024,
  parserAnswerBytes: 64 * 1024 * 1024,
  scannerMs: 60_000,
  openingHoldsMinutes: 15,
  orphanMs: 60 * 60_000,
  orphanSweepMs: 6 * 60 * 60_000,
  signatureBytes: 64 * 1024,
  guardianDays: 14,
  paperWaitMs: 5_000,
  sampleMax: 200,
  searchesPerHour: 40,
  searchClaims: 50,
  searchWaitMinutes: 10,
  searchShownMinutes: 15,
  searchWhyChars: 500,
  noteChars: 2_000,
  notesShown: 200,
  confirmationKeepHours: 24,

  carriedMinutes: 60,
  householdClaims: 30,
  openings: {
    // A review takes two or three minutes: thirty an hour, some 220 on a day of nothing else.
    moderator: { perHour: 120, perDay: 400, weekAlarm: 1_600, nightAlarm: 10, filesAlarm: 60 },
    // They run the portal and stand in for others.
    administrator: { perHour: 60, perDay: 200, weekAlarm: 600, nightAlarm: 10, filesAlarm: 30 },
    // Reads questions, and on some days a sample of papers for the court: up to `sampleMax`, one by one.
    counsel: { perHour: 120, perDay: 300, weekAlarm: 900, nightAlarm: 10, filesAlarm: 240 },
  },
  refusalAlertMs: 3600_000,
  nightHours: { from: 22, until: 6 },
  unusualWeek: { times: 3, least: 200 },
  // A line that breaks off is tried again.
  batchAgainAlarm: 5,
  // A number that was mistyped has no check character that fits, and is not counted.
  unknownPersonAlarm: 10,
  // Thousands share the address of a carrier.
  unknownAddressAlarm: 30,
  unknownAllAlarm: 300,
  alertStatementChars: 1_000,
  alertCountMax: 99,
  signatureMinPoints: 4,
  signatureMinLength: 80,
  noticeCheckHours: 24,
  noticeGuesses: 10,
  noticeGuessesOfMatter: 2_000,
  noticeChunkLines: 500,
  noticeRecordBytes: 16 * 1024,
  noticeImportsShown: 50,

  jobOpeningsMax: 10_000,
  overviewRows: 5,
  logChunkRows: 2_000,
  logReviewDay: 10,
  logReviewMonths: 36,
  logReviewChars: 4_000,
  keyMaxDays: 365,
  leakListMs: 60_000,
  leakChunkRows: 5_000,
  leakListDays: 90,
  approvalHours: 72,
  soloApprovalHours: 24,
  exportClaimsAlone: 500,
  erasuresAlone: 20,
  dataCopyRows: 1_000_000,
}
