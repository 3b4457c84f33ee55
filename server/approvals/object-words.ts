import type { People } from '../accounts/list-people'
import type { Db } from '../db/connections'
import { findMatterById } from '../matters/list-matters'
import type { Language, Translate } from '../web/languages'
import type { Named } from './read-params'

/** What exactly a request is about, as rows of a summary; the first one names it. */
export async function objectWords(
  { db, t, lang, people, firms }: People & { db: Db; t: Translate; lang: Language },
  named: Named,
): Promise<{ key: string; value: string }[]> {
  const row = (key: string, value: string) => ({ key: t(`approvals:object.${key}`), value })
  switch (named.kind) {
    case 'invite': {
      const { name, email } = named.params
      return [row('person', name), row('email', email)]
    }
    case 'return':
    case 'role':
    case 'wake':
    case 'factors': {
      const found = people.find(({ account }) => account.id === named.params.person)
      const { name = '?', email = '?', role } = found?.account ?? {}
      const now = role ? [row('roleNow', t(`accounts:role.${role}`))] : []
      return [row('person', name), row('email', email), ...now]
    }
    case 'network_add':
    case 'network_remove': {
      const { firm: slug, network } = named.params
      const firm = firms.find((one) => one.slug === slug)
      return [row('firm', firm?.content.name[lang] ?? slug), row('network', network)]
    }
    case 'export': {
      const { matter: matterId, number, edition, claims, claimsSha256 } = named.params
      const matter = await findMatterById(db, matterId)
      const name =
        edition > 1 ? t('batches:nameEdition', { number, edition }) : t('batches:name', { number })
      return [
        row('matter', matter?.content.title[lang] ?? '?'),
        row('delivery', name),
        row('firm', matter?.firm.content.name[lang] ?? '?'),
        row('claims', t('batches:facts.count', { count: claims })),
        row('claimsHash', claimsSha256),
      ]
    }
    case 'index': {
      const { matter: matterId, claims: count } = named.params
      const matter = await findMatterById(db, matterId)
      const title = matter?.content.title[lang] ?? '?'
      return [row('matter', title), row('claims', t('batches:facts.count', { count }))]
    }
    case 'hold_lift': {
      const { matter: matterId, number } = named.params
      if (matterId === null) return [row('number', number ?? '?')]
      const matter = await findMatterById(db, matterId)
      return [row('matter', matter?.content.title[lang] ?? '?')]
    }
    case 'erase':
      return [row('number', named.params.number)]
    case 'destroy': {
      const { number, why } = named.params
      return [row('number', number), row('why', t(`evidence:staffReason.${why}`))]
    }
  }
}
