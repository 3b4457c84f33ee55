import type { ClaimContent } from '../claims/claim-content'
import { describeAnswer } from '../matters/forms/describe-answer'
import { visibleQuestions } from '../matters/forms/parse-form'
import type { Trades } from '../matters/form-schema'
import { tradesRead } from '../matters/forms/trades'
import { sealedWords, staffHouseholdWords } from '../households/household-words'
import { mailTones } from '../mail/mail-tones'
import { isStuck } from '../mail/resend-mail'
import type { Language, Translate } from '../web/languages'
import { showMoment } from '../web/show-moment'
import { rejectionReasons } from './decide-claim'
import { historyWords } from './history-words'
import { openPurposes, whyNotOpen } from './open-claim'
import type { ShownClaim } from './show-claim'

/** What stands where an answer is not shown: the same for a long and for a short one. */
const masked = '•••••'

/** A claim in words; `content` only on the page that answers an opening. */
export function claimWords(
  shown: ShownClaim,
  content: ClaimContent | null,
  person: { id: string },
  t: Translate,
  lang: Language,
) {
  const { claim, matter } = shown
  const at = (moment: Date) => showMoment(moment, lang, matter.content.timeZone)
  const mine = claim.assigned_to === person.id
  const reviewing = claim.state === 'in_review' && mine
  // Who only wants to look at a claim that is not theirs names another reason than the review.
  const mayReview = claim.state === 'verified' || (claim.state === 'in_review' && !mine)
  return {
    href: `/claims/${claim.id}`,
    number: claim.number,
    revision: claim.revision,
    state: claim.state,
    matter: matter.content.title[lang],
    opened: content !== null,
    closed: whyNotOpen(claim),
    mayStart: claim.state === 'verified',
    mayTake: claim.state === 'in_review' && !mine,
    mayDecide: reviewing && shown.hasOpened,
    mustLook: reviewing && !shown.hasOpened,
    assignee: shown.assignee,
    facts: [
      { key: t('moderation:facts.filedAt'), value: at(claim.filed_at) },
      ...(claim.verified_at
        ? [{ key: t('moderation:facts.verifiedAt'), value: at(claim.verified_at) }]
        : []),
      {
        key: t('moderation:facts.language'),
        value: t(claim.language === 'ko' ? 'common:korean' : 'common:english'),
      },
      ...(matter.content.documents.length > 0
        ? [{ key: t('moderation:facts.authority'), value: authorityWords(shown, t) }]
        : []),
      ...(shown.notice.confirmed || matter.content.notices
        ? [
            {
              key: t('notices:staff.fact'),
              value: t(`notices:staff.${shown.notice.confirmed ? 'confirmed' : 'none'}`),
            },
          ]
        : []),
      { key: t('moderation:facts.form'), value: `v${claim.form_version}` },
      ...(shown.assignee
        ? [{ key: t('moderation:facts.assignee'), value: { text: shown.assignee, user: true } }]
        : []),
      ...(claim.decided_at
        ? [
            {
              key: t('moderation:facts.decidedBy'),
              value: { text: shown.decidedBy ?? '', user: true, sub: at(claim.decided_at) },
            },
          ]
        : []),
      ...(claim.decision_reason
        ? [
            {
              key: t('moderation:facts.reason'),
              value: t(`moderation:reason.${claim.decision_reason}`),
            },
          ]
        : []),
    ],
    similar: shown.similar.map((one) => ({
      href: `/claims/${one.id}`,
      number: one.number,
      tag: { state: one.state },
      text: t(
        one.id === claim.duplicate_of ? 'moderation:similar.earlier' : 'moderation:similar.later',
        { at: at(one.filed_at) },
      ),
    })),
    contradicting: shown.contradicting.map(({ claim: one, matter: its }) => ({
      href: `/claims/${one.id}`,
      number: one.number,
      tag: { state: one.state },
      kind: t(`moderation:kind.${its.content.kind}`),
      text: t('moderation:contradicting.shares', {
        what: one.shares.map((what) => t(`moderation:contradicting.${what}`)).join(', '),
        at: at(one.filed_at),
      }),
    })),
    household: staffHouseholdWords(shown.household, claim, { matter, t, lang }),
    sameNotice: shown.notice.same.map((one) => ({
      href: `/claims/${one.id}`,
      number: one.number,
      text: at(one.filed_at),
    })),
    mails: shown.mails.map((mail) => ({
      title: t(`moderation:mail.template.${mail.template}`),
      tag: { text: t(`moderation:mail.state.${mail.state}`), tone: mailTones[mail.state] },
      at: at(mail.sent_at ?? mail.created_at),
      resend: isStuck(mail.state) ? `/claims/${claim.id}/mails/${mail.id}/resend` : null,
    })),
    sections: answerSections(shown, content, t, lang),
    history: historyWords(shown, t, lang),
    purposes: openPurposes
      .filter((value) => value !== 'review' || !mayReview)
      .map((value) => ({
        value,
        text: t(`moderation:purpose.${value}`),
        hint: t(`moderation:purposeHint.${value}`),
      })),
    reasons: rejectionReasons.map((value) => ({
      value,
      text: t(`moderation:reason.${value}`),
      hint: t(`mail:claim-rejected.reasons.${value}`),
    })),
  }
}

/** Whether the claim's papers are complete, with a way to the index, where they are read on the record. */
function authorityWords({ authority, matter }: ShownClaim, t: Translate) {
  const state = !authority
    ? 'unconfirmed'
    : authority.complete
      ? 'complete'
      : authority.waiting
        ? 'waiting'
        : 'incomplete'
  return {
    text: t(`moderation:authority.${state}`),
    href: `/authority/${matter.slug}`,
    ...(authority?.documents ? { sub: authority.documents } : {}),
  }
}

/** Every question of the claim's form with its answer in words or masked, then consents and signature. */
function answerSections(
  { form, matter, notice: shownNotice }: ShownClaim,
  content: ClaimContent | null,
  t: Translate,
  lang: Language,
) {
  const at = (iso: string) => showMoment(new Date(iso), lang, matter.content.timeZone)
  const steps = form.steps.map((step) => {
    // Masked, the page does not even tell which of the questions were asked.
    const asked = content ? visibleQuestions(form, step.id, content.answers) : step.questions
    return {
      title: step.title[lang],
      rows: asked.map((question) => {
        const answer = content?.answers[question.id]
        if (question.type === 'trades' && answer !== undefined) {
          const trades = tradesRead(answer as Trades, lang)
          return { key: question.label[lang], value: { trades } }
        }
        const text = content ? describeAnswer(question, answer, lang) : masked
        return {
          key: question.label[lang],
          value: text === '' ? '' : { lines: text.split('\n'), user: content !== null },
        }
      }),
    }
  })
  const titles = new Map(matter.content.consents.map((one) => [one.id, one.title[lang]]))
  const consents = content
    ? content.consents.map((one) => ({
        key: titles.get(one.id) ?? one.id,
        value: {
          text: t(one.given ? 'moderation:consent.given' : 'moderation:consent.notGiven'),
          sub: `v${one.version} · ${at(one.at)}`,
        },
      }))
    : matter.content.consents.map((one) => ({ key: one.title[lang], value: masked }))
  const signature = {
    key: t('moderation:signature'),
    value: content
      ? {
          text: content.signature.text,
          user: true,
          sub: `v${content.signature.statementVersion} · ${at(content.signature.at)}`,
        }
      : masked,
  }
  const notice = content?.notice
  return [
    ...steps.filter(({ rows }) => rows.length > 0),
    ...(content?.household
      ? [
          {
            title: t('households:staff.section'),
            rows: sealedWords(content.household, t).map(({ key, text }) => ({
              key,
              value: { text, user: true },
            })),
          },
        ]
      : []),
    ...(notice && shownNotice.confirmed
      ? [
          {
            title: t('notices:staff.fact'),
            rows: [{ key: t('notices:id'), value: { text: notice.id, user: true } }],
          },
        ]
      : []),
    { title: t('moderation:consentsAndSignature'), rows: [...consents, signature] },
  ]
}
