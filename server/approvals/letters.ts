import type { Db } from '../db/connections'
import { listPeople } from '../accounts/list-people'
import { showMoment } from '../web/show-moment'
import { selectApproval } from './approvals.store'

/** What a mail about a request says, or null once it has no sense any more. */
export async function aboutApproval(
  { db, config }: { db: Db; config: { staffUrl: string } },
  mail: { template: string; language: 'ko' | 'en' },
  id: string,
): Promise<Record<string, string> | null> {
  const approval = await selectApproval(db, id)
  if (!approval) throw new Error('a mail is about an approval that is not stored')
  if (mail.template === 'approval-asked' && approval.state !== 'waiting') return null
  const { people } = await listPeople(db)
  const asker = people.find(({ account }) => account.id === approval.asked_by)
  const due = approval.solo_due_at ?? approval.expires_at
  return {
    what: approval.kind,
    why: approval.reason,
    person: asker?.account.name ?? '',
    state: approval.state,
    until: showMoment(due, mail.language, 'Asia/Seoul'),
    link: `${config.staffUrl}/approvals/${id}`,
  }
}
