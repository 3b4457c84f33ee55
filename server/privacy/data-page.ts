import { lookedWords } from '../claims/access/own-pages'
import type { Language, Translate } from '../web/languages'
import { showMoment } from '../web/show-moment'
import type { DataCopy } from './data-content'

/** A copy of somebody's data in words; answers stand in the language of the claim. */
export function dataWords(copy: DataCopy, t: Translate, lang: Language) {
  const at = (iso: string) => showMoment(new Date(iso), lang, 'Asia/Seoul')
  return {
    number: copy.claim.number,
    madeAt: at(copy.madeAt),
    facts: [
      { key: t('common:claimNumber'), value: { text: copy.claim.number, code: true } },
      { key: t('status:facts.case'), value: copy.claim.matter },
      { key: t('status:facts.firm'), value: copy.claim.firm },
      { key: t('common:status'), value: t(`common:state.${copy.claim.state}`) },
      { key: t('moderation:facts.filedAt'), value: at(copy.claim.filedAt) },
    ],
    versions: copy.versions.map((one, index) => ({
      title: t(index === 0 ? 'privacy:copy.current' : 'privacy:copy.earlier', {
        version: one.version,
      }),
      rows: [
        ...one.answers.map(({ question, answer }) => ({
          key: question,
          value: { lines: answer.split('\n'), user: true },
        })),
        ...one.consents.map((consent) => ({
          key: consent.title,
          value: {
            text: t(consent.given ? 'moderation:consent.given' : 'moderation:consent.notGiven'),
            sub: `v${consent.version} · ${at(consent.at)}`,
          },
        })),
        {
          key: t('moderation:signature'),
          value: { text: one.signature.text, user: true, sub: at(one.signature.at) },
        },
      ],
    })),
    messages: copy.messages.map((one) => ({
      key: one.from === null ? t('privacy:copy.you') : t(`privacy:copy.desk.${one.desk}`),
      value: { text: one.text ?? '', user: true, sub: at(one.at) },
    })),
    notes: (copy.notes ?? []).map((one) => ({
      key: t(`status:role.${one.role}`),
      value: { text: one.text ?? t('messages:gone'), user: true, sub: at(one.at) },
    })),
    documents: copy.documents.map(({ name, sha256 }) => ({
      key: t('evidence:title'),
      value: { text: name, user: true, sub: `SHA-256 ${sha256}` },
    })),
    mails: copy.mails.map((mail) => ({
      key: t(`moderation:mail.template.${mail.kind}`),
      value: { text: t(`moderation:mail.state.${mail.state}`), sub: at(mail.at) },
    })),
    looked: lookedWords(copy.looked, null, t, lang),
  }
}
