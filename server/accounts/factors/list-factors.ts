import type { Db, Tx } from '../../db/connections'
import { countRecoveryCodes, selectPasskeys, selectTotp, type PasskeyRow } from './factors.store'

export interface Factors {
  /** since when there is an authenticator app */
  totpSince: Date | null
  passkeys: PasskeyRow[]
  recoveryCodesLeft: number
}

export async function listFactors(db: Db | Tx, personId: string): Promise<Factors> {
  return {
    totpSince: (await selectTotp(db, personId))?.created_at ?? null,
    passkeys: await selectPasskeys(db, personId),
    recoveryCodesLeft: await countRecoveryCodes(db, personId),
  }
}

/** Authenticator apps and passkeys; a recovery code is no factor of its own. */
export async function countFactors(db: Db | Tx, personId: string): Promise<number> {
  const { totpSince, passkeys } = await listFactors(db, personId)
  return passkeys.length + (totpSince ? 1 : 0)
}
