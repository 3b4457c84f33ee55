import type { StaffSecrets } from '../vault/staff-secrets'
import type { Language, Translate } from '../web/languages'
import { showMoment } from '../web/show-moment'
import { officeZone } from './alarm-rules'
import type { ListedAlert } from './list-alerts'

/** An alert as the page shows it, to this administrator. */
export function alertWords(
  row: ListedAlert,
  secrets: StaffSecrets,
  reader: { personId: string; another: boolean },
  t: Translate,
  lang: Language,
) {
  const moment = (at: Date) => showMoment(at, lang, officeZone)
  const { count, most, kind } = row
  return {
    id: row.id,
    title: t(`alerts:kind.${kind}`),
    text: t(`alerts:text.${kind}`, { n: count, most }),
    since: t('alerts:since', { since: moment(row.since) }),
    at: moment(row.at),
    datetime: row.at.toISOString(),
    person: row.person_id && {
      name: row.name ?? '',
      role: t(`accounts:role.${row.role}`),
      href: `/people/${row.person_id}`,
    },
    batch: row.kind === 'batch_again' && row.subject_id ? `/batches/${row.subject_id}` : null,
    /** another administrator has to look into it */
    own: row.person_id === reader.personId && reader.another,
    answer:
      row.acknowledged_at && row.outcome && row.statement
        ? {
            by: t('alerts:acknowledged', {
              name: row.acknowledged_name ?? '',
              at: moment(row.acknowledged_at),
            }),
            outcome: t(`alerts:outcome.${row.outcome}`),
            statement: secrets.openStatement(row.id, row.statement),
          }
        : null,
  }
}
