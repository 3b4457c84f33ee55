/**
 * Who sees the rows of each table, said once for every table that a surface may read: a table without a line
 * here fails the test, so whoever adds one says whose its rows are.
 */

/** `nobody` acts for no one; `own` and `rival` are counsel; the row of a person is `moderator`'s. */
export const viewers = [
  'nobody',
  'own',
  'rival',
  'moderator',
  'colleague',
  'administrator',
  'ended',
] as const
export type Viewer = (typeof viewers)[number]

/** Those who run the portal; moderators are not bound to matters. */
const desk: Viewer[] = ['moderator', 'colleague', 'administrator']
const firm: Viewer[] = ['own', ...desk]
const overseer: Viewer[] = ['administrator']
const person: Viewer[] = ['moderator', 'administrator']
/** Read while signing in, before anybody acts; then one's own. */
const signingIn: Viewer[] = ['nobody', ...person]
const everyone: Viewer[] = [...viewers]

/** Tables that the staff login may read, and who sees the row of `row-world.ts`. */
export const staffRows: Record<string, Viewer[]> = {
  access_reviews: overseer,
  alerts: overseer,
  // Of who asked, of their firm, and of those who decide.
  approval_claims: ['own', ...person],
  approvals: ['own', ...person],
  authority_counts: firm,
  authority_packs: firm,
  authority_samples: firm,
  batch_claims: firm,
  batches: firm,
  claim_authority: firm,
  claim_note_keys: desk,
  claim_notes: desk,
  claim_notices: desk,
  claim_reminders: desk,
  claim_search_keys: person,
  claim_searches: person,
  claims: firm,
  claims_to_deliver: firm,
  email_change_keys: desk,
  email_change_texts: desk,
  email_changes: desk,
  erasure_requests: desk,
  evidence: desk,
  evidence_keys: desk,
  evidence_objects: desk,
  household_claims: firm,
  households: firm,
  invitations: signingIn,
  keys_seen: overseer,
  known_devices: signingIn,
  leaks: overseer,
  ledger_private: desk,
  legal_holds: desk,
  log_reviews: overseer,
  mails: desk,
  // Written to the law firm: its counsel reads it, and nobody else.
  message_keys: ['own'],
  messages: ['own'],
  // That a firm leaves questions unanswered is for those to see who run the portal.
  message_threads: firm,
  needs: desk,
  news: ['own', 'administrator'],
  notice_imports: overseer,
  opening_budgets: signingIn,
  opening_claims: desk,
  openings: overseer,
  pack_keys: firm,
  papers: firm,
  passkeys: signingIn,
  recalls: firm,
  recovery_codes: signingIn,
  rights_history: overseer,
  sealed_records: desk,
  sessions_staff: signingIn,
  totp_factors: signingIn,
  wrapped_keys: desk,

  // On public pages.
  claim_forms: everyone,
  firms: everyone,
  incidents: everyone,
  matters: everyone,
  // The public part of entries and their places: published.
  ledger_checkpoints: everyone,
  ledger_entries: everyone,
  ledger_leaves: everyone,
  ledger_origins: everyone,
  // How many notices a case has, which its public page tells.
  notice_lists: everyone,
  // Asked before anybody acts; of those who work here, never of claimants.
  firm_networks: everyone,
  people: everyone,
  // Random ids of sessions that are over; counters by keyed hashes; names of migrations.
  ended_sessions: everyone,
  growing_waits: everyone,
  rate_limits: everyone,
  knex_migrations: everyone,
}

/** Every column that the public login may read. It acts for nobody: what it may not see of a row, it may not see of any. */
export const publicColumns: Record<string, string> = {
  authority_packs:
    'claim_id confirmed_at confirmed_how document_sha256 documents firm_id id matter_id needs_guardian sha256 signed_at signer superseded_at',
  claim_changes: 'claim_id created_at handled_at id kind outcome reason',
  claim_forms: 'content matter_id version',
  claim_reminders: 'claim_id ended_at',
  claim_requests: 'asked_from claim_id created_at kind',
  claimant_links: 'consumed_at expires_at token_hash',
  claimant_requests: 'asked_by created_at expires_at handled_at id kind outcome secret_hash',
  claims:
    'bounced_at decided_at filed_at firm_id form_version id language matter_id number revision state submission verified_at version',
  draft_requests: 'created_at draft_id handled_at id outcome',
  drafts: 'ciphertext claim_id created_at expires_at form_version id matter_id updated_at',
  confirmations: 'claim_id created_at id outcome',
  email_change_answers: 'act change_id created_at handled_at id outcome',
  email_changes:
    'applied_at approved_at claim_id confirmed_new_at confirmed_old_at created_at expires_at hold_until id new_token_hash old_token_hash origin started_at stopped_at stopped_by',
  erasure_requests: 'answer answered_at asked_at claim_id due_at id reason',
  evidence:
    'bytes claim_id created_at destroyed_at id kind reason received_at state type view view_problem',
  evidence_removals: 'evidence_id handled_at',
  firms: 'content id slug',
  guardian_links: 'claim_id consumed_at expires_at superseded_at token_hash',
  household_claims: 'claim_id household_id how joined_at role',
  households: 'created_at founder_claim_id id',
  incidents: 'content id slug',
  knex_migrations: 'batch id migration_time name',
  ledger_checkpoints: 'note origin_id signed_at size',
  ledger_counts: 'count day matter type',
  ledger_entries: 'at entry id',
  ledger_head: 'one peaks size',
  ledger_leaves: 'entry_id index leaf_hash',
  ledger_origins: 'from_size id opened_at origin previous public_key',
  ledger_tiles: 'hashes index level',
  matters:
    'case_slug content firm_id form_version id incident_id jurisdiction kind regime slug state',
  needs: 'asked_at cancelled_at claim_id due_at id kind met_at ref required',
  news: 'firm_id id matter_id published_at text_en text_ko title_en title_ko withdrawn_at',
  notice_checks: 'answer answered_at created_at expires_at id matter_id',
  notice_lists: 'demonstration fillable ids matter_id',
  rate_limits: 'expire key points',
  sessions_public: 'expire sess sid',
  signing_requests: 'claim_id created_at id kind outcome',
  task_links: 'claim_id expires_at need_id token_hash',
  verifications: 'claim_id consumed_at created_at expires_at id pack_id superseded_at token_hash',
}
