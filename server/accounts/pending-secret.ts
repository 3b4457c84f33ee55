import type { Request } from 'express'
import type { StaffSecrets } from '../vault/staff-secrets'
import { newTotpSecret } from './factors/totp'
import './halfway'

/**
 * The secret that an authenticator app is being given in this session, the same until it is set up: so
 * that a form given back shows the code that was scanned. Sealed, because sessions are rows of a table.
 */
export function pendingSecret(req: Request, secrets: StaffSecrets, personId: string): Buffer {
  const { totpBox } = req.session
  if (totpBox !== undefined) {
    try {
      return secrets.openTotp(personId, Buffer.from(totpBox, 'base64'))
    } catch {
      // Begun for somebody else in this browser.
    }
  }
  const secret = newTotpSecret()
  req.session.totpBox = secrets.sealTotp(personId, secret).toString('base64')
  return secret
}
