import type { Matter } from '../matters/matter-file'
import type { Language, Translate } from '../web/languages'
import { showMoment } from '../web/show-moment'
import { membersIn, type Household } from './find-household'
import type { SealedHousehold } from './household'

/** What is sealed with a claim of its household, in rows: for whoever has opened it. */
export function sealedWords(
  { role, filer, relation, how, heir }: SealedHousehold,
  t: Translate,
): { key: string; text: string }[] {
  const rows: [string, string | undefined][] = [
    ['roleKey', t(`households:own.role.${role}`)],
    ['filer', filer],
    ['relation', relation && t(`households:relation.${relation}`)],
    ['heir', heir],
    ['how', how && t(`households:own.how.${how}`)],
  ]
  return rows.flatMap(([name, text]) =>
    text === undefined ? [] : [{ key: t(`households:staff.${name}`), text }],
  )
}

/** The household on the page of one of its claims, for staff: ids and numbers, nothing that is sealed. */
export function staffHouseholdWords(
  household: Household | null,
  claim: { id: string; matter_id: string },
  { matter, t, lang }: { matter: Matter; t: Translate; lang: Language },
) {
  if (!household) return null
  return {
    text: t('households:staff.text', {
      number: household.number,
      count: membersIn(household, claim.matter_id),
    }),
    claims: household.claims
      .filter(({ id }) => id !== claim.id)
      .map((one) => ({
        href: `/claims/${one.id}`,
        number: one.number,
        tag: { state: one.state },
        text: [
          t(`households:own.role.${one.role}`),
          ...(one.how ? [t(`households:own.how.${one.how}`)] : []),
          showMoment(one.filed_at, lang, matter.content.timeZone),
        ].join(' · '),
      })),
  }
}

/**
 * The same on a person's own page. Whoever began the household filed for the others and sees their numbers; everyone
 * else sees that there is one.
 */
export function ownHouseholdWords(
  household: Household | null,
  claim: { id: string; matter_id: string },
  { matter, t, lang }: { matter: Matter | null; t: Translate; lang: Language },
) {
  if (!household) return null
  if (household.role !== 'founder') {
    return {
      text: t('households:own.member', { count: membersIn(household, claim.matter_id) }),
      claims: [],
    }
  }
  return {
    text: t('households:own.text'),
    claims: household.claims.map((one) => ({
      number: one.number,
      tag: { state: one.state },
      text: [
        one.id === claim.id ? t('households:own.this') : t(`households:own.role.${one.role}`),
        showMoment(one.filed_at, lang, matter?.content.timeZone ?? 'Asia/Seoul'),
      ].join(' · '),
    })),
  }
}
