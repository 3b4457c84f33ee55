import type { Language, Translate } from '../web/languages'
import { showMoment } from '../web/show-moment'
import type { RightsRow } from './list-rights'

/** Changes of rights as the timeline partial takes them. */
export function rightsWords(rows: readonly RightsRow[], t: Translate, lang: Language) {
  return rows.map((row) => ({
    title: changeOf(row, t),
    when: showMoment(row.at, lang, 'Asia/Seoul'),
    datetime: row.at.toISOString(),
    text: `${row.name} · ${byWhom(row, t)}`,
    ...(row.state === 'disabled' && { tone: 'bad' as const }),
  }))
}

function changeOf(row: RightsRow, t: Translate): string {
  const role = t(`accounts:role.${row.role}`)
  if (row.state_before === null) return t('accounts:rights.made', { role })
  if (row.role !== row.role_before) {
    return t('accounts:rights.role', { from: t(`accounts:role.${row.role_before}`), to: role })
  }
  return t('accounts:rights.state', {
    from: t(`accounts:state.${row.state_before}`),
    to: t(`accounts:state.${row.state}`),
  })
}

function byWhom({ by_name: name, login }: RightsRow, t: Translate): string {
  if (name !== null) return t('accounts:rights.by', { name })
  return t(login === 'joinder_worker' ? 'accounts:rights.byUpkeep' : 'accounts:rights.byOperator')
}
