import type { DraftContent } from '../../server/intake/draft-content'
import { limits } from '../../server/limits'
import type { Matter } from '../../server/matters/matter-file'
import { draftId, newDraftSecret, sealDraft } from '../../server/vault/drafts'
import type { Agent } from './app'
import type { TestDatabase } from './database'

/** Saves a draft and gives `agent` the cookie that opens it, as if the steps had been filled in there. */
export async function plantDraft(
  { db }: TestDatabase,
  agent: Agent,
  matter: Matter,
  content: DraftContent,
): Promise<void> {
  const secret = newDraftSecret()
  const now = new Date()
  await db.public('drafts').insert({
    id: draftId(secret),
    matter_id: matter.id,
    form_version: content.formVersion,
    ciphertext: sealDraft(secret, content),
    created_at: now,
    updated_at: now,
    expires_at: new Date(now.getTime() + limits.draftDays * 86_400_000),
  })
  agent.jar.setCookie(`draft=${secret}; Path=/matters/${matter.slug}`, '127.0.0.1', '/')
}
