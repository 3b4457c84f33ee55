import { sendMail } from '../server/mail/send-mail'
import type { JobHandler } from './catalogue'

export const sendMailJob: JobHandler<'send-mail'> = (deps, { mailId }) => sendMail(deps, mailId)
