import type { Db } from '../../db/connections'
import type { ClaimForm } from '../../matters/form-schema'
import { findClaimForm, findMatterById } from '../../matters/list-matters'
import type { Matter } from '../../matters/matter-file'
import * as store from './needs.store'
import { findTask, type Task } from './task-links'

/** What every page of a mailed task begins with: nothing of it is sealed. */
export interface TaskPage {
  task: Task
  claim: store.TaskClaim
  matter: Matter
  form: ClaimForm
}

/** The task of a link, with its claim and case; null for a link that is none. */
export async function findTaskPage(db: Db, token: string, at: Date): Promise<TaskPage | null> {
  const task = await findTask(db, token, at)
  const claim = task && (await store.selectTaskClaim(db, task.need.claim_id))
  if (!task || !claim) return null
  const matter = await findMatterById(db, claim.matter_id)
  const form = await findClaimForm(db, claim.matter_id, claim.form_version)
  if (!matter || !form) throw new Error('a claim names a matter or a form that is not stored')
  return { task, claim, matter, form }
}
