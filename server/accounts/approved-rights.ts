import { NotAsApproved, type ApprovalHandlers, type Approved } from '../approvals/settle-approval'
import type { Tx } from '../db/connections'
import { findFirm } from '../firms/list-firms'
import { appendEntry } from '../ledger/append-entry'
import { existsAccount, lockRights, updateAccount, type AccountState } from './accounts.store'
import { addInvited, addInvitedAgain } from './invite-person'
import { applyNetwork } from './networks'
import { takeFactors } from './reset-factors'

type RightsHandlers = Pick<
  ApprovalHandlers,
  'invite' | 'return' | 'role' | 'wake' | 'factors' | 'network_add' | 'network_remove'
>

interface HandlerDeps {
  config: { limits: { invitationHours: number; approvalHours: number; enrolHours: number } }
}

/** What gives somebody more rights, once two people agreed. What it meets changed is not done. */
export function rightsHandlers(deps: HandlerDeps): RightsHandlers {
  const network =
    (what: 'network_add' | 'network_remove') =>
    async (tx: Tx, named: { firm: string; network: string }, approved: Approved) => {
      const firm = await findFirm(tx, named.firm)
      const given = firm && { firmId: firm.id, network: named.network }
      if (!given || !(await applyNetwork(tx, what, given, madeOf(approved)))) {
        throw new NotAsApproved()
      }
    }
  return {
    invite: {
      carryOut: async (tx, asked, approved) => {
        if (await existsAccount(tx, asked.email)) throw new NotAsApproved()
        const person = { ...asked, role: 'administrator', firmId: null } as const
        await addInvited(deps, tx, person, madeOf(approved))
      },
    },
    return: {
      carryOut: async (tx, { person }, approved) => {
        const account = await lockIn(tx, person, 'disabled')
        await addInvitedAgain(deps, tx, account, madeOf(approved))
      },
    },
    role: {
      carryOut: async (tx, { person, from }, approved) => {
        const account = await lockRights(tx, person)
        if (!account || account.role !== from || account.state === 'disabled') {
          throw new NotAsApproved()
        }
        const { by, now, id: approval } = approved
        await updateAccount(tx, person, { role: 'administrator' })
        await appendEntry(tx, now, {
          kind: 'person.role_changed',
          private: { person, from, to: 'administrator', by, approval },
        })
      },
    },
    wake: {
      carryOut: async (tx, { person }, { by, now, id: approval }) => {
        await lockIn(tx, person, 'asleep')
        await updateAccount(tx, person, { state: 'active', woken_at: now })
        await appendEntry(tx, now, { kind: 'person.woken', private: { person, by, approval } })
      },
    },
    factors: {
      carryOut: async (tx, { person }, approved) => {
        const account = await lockIn(tx, person, 'active')
        const { enrolHours } = deps.config.limits
        await takeFactors(tx, account, { ...madeOf(approved), enrolHours })
      },
    },
    network_add: { carryOut: network('network_add') },
    network_remove: { carryOut: network('network_remove') },
  }
}

function madeOf({ by, now, id: approval }: Approved) {
  return { by, now, approval }
}

/** @throws NotAsApproved unless the account is in this state */
async function lockIn(tx: Tx, person: string, state: AccountState) {
  const account = await lockRights(tx, person)
  if (account?.state !== state) throw new NotAsApproved()
  return account
}
