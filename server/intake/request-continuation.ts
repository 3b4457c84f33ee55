import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { newId } from '../kernel/ids'
import { appendEntry } from '../ledger/append-entry'
import { queueMail } from '../mail/queue-mail'
import type { WriterTemplate } from '../mail/templates'
import type { Matter } from '../matters/matter-file'
import { draftId } from '../vault/drafts'
import type { Sealer } from '../vault/sealer'
import type { Language } from '../web/languages'
import * as store from './continuations.store'
import type { DraftContent } from './draft-content'
import { saveDraft, type FoundDraft } from './keep-draft'

export interface ContinuationDeps {
  db: Db
  clock: Clock
  sealer: Sealer
  config: { limits: { draftDays: number } }
}

/**
 * Asks the worker to mail the link that opens this draft in another browser. The link has to carry the
 * draft's secret, which only the person's cookie holds: it is sealed to the worker together with the
 * address, and nothing on this surface can read it again. The draft remembers where its link went, so
 * that the page can say so, and is kept for its full time from now on.
 */
export async function requestContinuation(
  deps: ContinuationDeps,
  matter: Matter,
  {
    secret,
    email,
    language,
    template = 'continue-filing',
  }: { secret: string; email: string; language: Language; template?: WriterTemplate },
): Promise<Exclude<FoundDraft, { kind: 'none' }>> {
  const now = deps.clock.now()
  const id = newId(now.getTime())
  return deps.db.transaction(async (tx) => {
    const saved = await saveDraft({ ...deps, db: tx }, matter, secret, language, (content) => ({
      ...content,
      link: { requestId: id, email },
    }))
    if (saved.kind === 'filed') return saved
    const box = deps.sealer.sealToWorker(
      'continue_filing',
      id,
      JSON.stringify({ secret: saved.secret, email }),
    )
    await store.insertRequest(tx, { id, draftId: draftId(saved.secret), box, now })
    await appendEntry(tx, now, { kind: 'draft.link_requested', private: { request: id } })
    await queueMail(tx, { template, subjectId: id, language, at: now })
    return saved
  })
}

/** Where the draft's last link went, and what became of its mail; nothing when none was asked for. */
export async function findContinuation(
  db: Db,
  { secret, content }: { secret: string; content: DraftContent },
): Promise<{ email: string; outcome: store.ContinuationOutcome | 'waiting' } | undefined> {
  const { link } = content
  if (link === undefined) return undefined
  const state = await store.selectState(db, { id: link.requestId, draftId: draftId(secret) })
  return state && { email: link.email, outcome: state.outcome ?? 'waiting' }
}
