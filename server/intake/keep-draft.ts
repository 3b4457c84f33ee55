import type { Db, Tx } from '../db/connections'
import type { Clock } from '../kernel/clock'
import type { ParseOptions } from '../matters/forms/parse-question'
import type { Matter } from '../matters/matter-file'
import { draftId, isDraftSecret, newDraftSecret, openDraft, sealDraft } from '../vault/drafts'
import { emptyDraft, fitDraft, type DraftContent, type FiledCopy } from './draft-content'
import * as store from './drafts.store'

export interface DraftDeps {
  db: Db
  clock: Clock
  config: { limits: { draftDays: number } }
}

/** What the cookie of this matter leads to. */
export type FoundDraft =
  | { kind: 'none' }
  | { kind: 'draft'; secret: string; content: DraftContent; savedAt: Date; ciphertext: Buffer }
  | { kind: 'filed'; secret: string; copy: FiledCopy }

const dayMs = 24 * 60 * 60 * 1000

// Two tabs saving at the same moment; more than a few in a row would be a program.
const tries = 5

/** Finds what a cookie keeps of a matter; anything that does not open or has expired is `none`. */
export async function findDraft(
  { db, clock }: DraftDeps,
  matter: Matter,
  secret: unknown,
  lang: ParseOptions['lang'],
): Promise<FoundDraft> {
  if (!isDraftSecret(secret)) return { kind: 'none' }
  const now = clock.now()
  const row = await store.selectDraft(db, draftId(secret), matter.id, now)
  const content = row && openDraft(secret, row.ciphertext)
  if (!content) return { kind: 'none' }
  if (row.claim_id !== null) {
    return { kind: 'filed', secret, copy: content as unknown as FiledCopy }
  }
  const draft = content as unknown as DraftContent
  const options = { lang, now, timeZone: matter.content.timeZone }
  return {
    kind: 'draft',
    secret,
    content: fitDraft(draft, matter, options),
    savedAt: row.updated_at,
    ciphertext: row.ciphertext,
  }
}

/**
 * Saves a change of the draft that `secret` opens, or of a new one. The change is made again on what
 * another tab has saved in the meantime, so that neither loses a step. A filed claim stays as it is.
 */
export async function saveDraft(
  deps: DraftDeps,
  matter: Matter,
  secret: unknown,
  lang: ParseOptions['lang'],
  change: (content: DraftContent) => DraftContent,
): Promise<Exclude<FoundDraft, { kind: 'none' }>> {
  for (let attempt = 0; attempt < tries; attempt++) {
    const found = await findDraft(deps, matter, secret, lang)
    if (found.kind === 'filed') return found
    const isNew = found.kind === 'none'
    // A secret whose row is gone is not used again: erased means erased.
    const own = isNew ? newDraftSecret() : found.secret
    const content = change(isNew ? emptyDraft(matter.form) : found.content)
    const now = deps.clock.now()
    const write = draftWrite(deps, matter, own, content, now)
    if (isNew) await store.insertDraft(deps.db, write)
    else if (!(await store.updateDraft(deps.db, write, found.ciphertext))) continue
    return { kind: 'draft', secret: own, content, savedAt: now, ciphertext: write.ciphertext }
  }
  throw new Error('a draft changed under every attempt to save it')
}

/**
 * Begins a draft in another case than the one a browser is in, under a secret of its own; it is gone in an hour
 * unless whoever sees what it holds goes on with it.
 */
export async function beginDraft(
  deps: Omit<DraftDeps, 'config'> & {
    config: { limits: { carriedMinutes: number; draftDays: number } }
  },
  matter: Matter,
  content: DraftContent,
): Promise<string> {
  const secret = newDraftSecret()
  const now = deps.clock.now()
  const expiresAt = new Date(now.getTime() + deps.config.limits.carriedMinutes * 60_000)
  await store.insertDraft(deps.db, { ...draftWrite(deps, matter, secret, content, now), expiresAt })
  return secret
}

/** The row of a draft as its secret names and encrypts it; each time it lives for all its days again. */
function draftWrite(
  { config }: DraftDeps,
  matter: Matter,
  secret: string,
  content: DraftContent,
  now: Date,
): store.DraftWrite {
  return {
    id: draftId(secret),
    matterId: matter.id,
    formVersion: content.formVersion,
    ciphertext: sealDraft(secret, content),
    now,
    expiresAt: new Date(now.getTime() + config.limits.draftDays * dayMs),
  }
}

/** Deletes what the cookie's secret opens, at once and for good. */
export async function eraseDraft({ db }: DraftDeps, secret: unknown): Promise<void> {
  if (isDraftSecret(secret)) await store.deleteDraft(db, draftId(secret))
}

/**
 * Moves the draft under a new secret: whatever link or cookie held the old one opens nothing any more,
 * and a mail that has not gone yet has nothing to carry.
 * @returns the new secret; nothing when there is no draft, or another browser is saving it all the time
 */
export async function renewDraftSecret(
  deps: DraftDeps,
  matter: Matter,
  secret: string,
  lang: ParseOptions['lang'],
): Promise<string | undefined> {
  for (let attempt = 0; attempt < tries; attempt++) {
    const found = await findDraft(deps, matter, secret, lang)
    if (found.kind !== 'draft') return undefined
    const own = newDraftSecret()
    const { link: _stopped, ...content } = found.content
    const now = deps.clock.now()
    const moved = await deps.db.transaction(async (tx) => {
      if (!(await store.deleteUnchanged(tx, draftId(secret), found.ciphertext))) return false
      await store.insertDraft(tx, draftWrite(deps, matter, own, content, now))
      return true
    })
    if (moved) return own
  }
  return undefined
}

/** Replaces what the browser that filed may still see, in the caller's transaction. */
export async function rewriteFiledCopy(tx: Tx, secret: string, copy: FiledCopy): Promise<void> {
  await store.updateFiledCopy(tx, draftId(secret), sealDraft(secret, copy))
}
