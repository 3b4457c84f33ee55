import { mailTasks } from '../server/claims/reminders/mail-tasks'
import type { JobHandler } from './catalogue'

export const mailTasksJob: JobHandler<'mail-tasks'> = (deps, { claimId }, run) =>
  mailTasks(deps, claimId, run)
