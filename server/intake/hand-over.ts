import type { Db } from '../db/connections'
import { isId } from '../kernel/ids'
import type { Matter } from '../matters/matter-file'
import type { Language } from '../web/languages'
import * as store from './continuations.store'
import { renewDraftSecret, saveDraft } from './keep-draft'
import { requestContinuation, type ContinuationDeps } from './request-continuation'

/**
 * Sends the form of a member of the household to the mailbox that is theirs, and takes it from this browser: the
 * draft goes under a new secret, which stands in that mail and nowhere else. So whoever filled it in can neither agree
 * nor sign for them.
 * @returns the request of the mail; nothing when the draft was filed, erased or is being saved all the time
 */
export async function handOverDraft(
  deps: ContinuationDeps,
  matter: Matter,
  { secret, email, language }: { secret: string; email: string; language: Language },
): Promise<string | undefined> {
  return deps.db.transaction(async (tx) => {
    const within = { ...deps, db: tx }
    const own = await renewDraftSecret(within, matter, secret, language)
    if (own === undefined) return undefined
    await saveDraft(within, matter, own, language, ({ household, ...content }) => {
      if (!household) return content
      const { handOverTo: _theirs, ...rest } = household
      const { answers, done, formVersion, carried, formChanged } = content
      // The answers, and nothing that only they can give.
      return {
        answers,
        done,
        consents: [],
        formVersion,
        ...(carried && { carried }),
        ...(formChanged && { formChanged }),
        household: rest,
      }
    })
    const template = 'member-form' as const
    const asked = await requestContinuation(within, matter, {
      secret: own,
      email,
      language,
      template,
    })
    return asked.kind === 'draft' ? asked.content.link?.requestId : undefined
  })
}

/** What became of that mail, for the browser that sent it and holds nothing else of it any more. */
export async function findHandOver(
  db: Db,
  request: unknown,
): Promise<store.ContinuationOutcome | 'waiting' | undefined> {
  if (!isId(request)) return undefined
  const state = await store.selectOutcome(db, request)
  return state && (state.outcome ?? 'waiting')
}
