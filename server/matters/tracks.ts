import type { Db, Tx } from '../db/connections'
import { isFilingOpen } from './filing-open'
import { listCases } from './list-matters'
import type { Matter } from './matter-file'

/**
 * What a person has to know who is in two cases of one incident. `same_proceeding`: both files name the same
 * `proceeding`; `same_kind`: two suits, or two mediations, in one country by different firms; `suit_and_mediation`:
 * one of each in Korea (PIPA 47, 49); `two_countries`: the same harm is made good once.
 */
export type Beside = 'same_proceeding' | 'same_kind' | 'suit_and_mediation' | 'two_countries'

/** What is said before somebody who is in `one` goes on to `other`, or nothing. */
export function besideEachOther(one: Matter, other: Matter): Beside | null {
  // Whoever leaves a class is paid nothing there, and is in no other case because of it.
  if (one.content.kind === 'opt_out') return null
  const { proceeding } = one.content
  if (proceeding !== undefined && proceeding === other.content.proceeding) return 'same_proceeding'
  if (one.jurisdiction !== other.jurisdiction) return 'two_countries'
  const regimes = [one.regime, other.regime]
  // Classes are told apart by their members: what they have in common, only their files can say.
  if (regimes.includes('class')) return null
  if (one.regime !== other.regime) return 'suit_and_mediation'
  return one.firm.id === other.firm.id ? null : 'same_kind'
}

/** Whether one must not be in both: two firms for one person in one proceeding, or two suits about the same. */
export function excludesEachOther(beside: Beside | null): boolean {
  return beside === 'same_proceeding' || beside === 'same_kind'
}

/**
 * The other cases of the incident that take claims now, as its page orders them. Nobody is led back into the class
 * that they ask to be excluded from.
 */
export async function otherTracks(db: Db | Tx, matter: Matter, now: Date): Promise<Matter[]> {
  const cases = (await listCases(db)).filter(({ incident }) => incident.id === matter.incident.id)
  const left = matter.content.kind === 'opt_out' ? matter.content.of : undefined
  return cases.filter((one) => one.id !== matter.id && one.slug !== left && isFilingOpen(one, now))
}

/** Whether one person may file for the others of their household; a file that does not say allows it in a joint suit. */
export function allowsHousehold({ regime, content }: Matter): boolean {
  return content.households ?? regime === 'joinder'
}
