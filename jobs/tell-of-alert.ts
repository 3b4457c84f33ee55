import { tellOfAlert } from '../server/oversight/tell-of-alert'
import type { JobHandler } from './catalogue'

/** Every administrator hears of an alert by mail; on their pages it stands already. */
export const tellOfAlertJob: JobHandler<'tell-of-alert'> = (deps, { alertId }) =>
  tellOfAlert(deps, alertId)
