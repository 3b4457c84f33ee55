import { renderLetter } from '../../server/mail/render-letter'
import type { Values } from '../../server/mail/claim-letters'
import { mailTemplates, type MailTemplate } from '../../server/mail/templates'
import type { Language } from '../../server/web/languages'
import { showMoment } from '../../server/web/show-moment'

export const sampleSite = 'https://joinder.example'
export const sampleStaffSite = 'https://staff.joinder.example'

/** As long as a real one. */
const token = 'q3Zt0S8w1cVdJm5xkP2rYb7NfE4uHgL9aXoTiRzWvKs'
const number = 'CPKR-7K2M-93QD-X'
const until = new Date('2026-02-04T05:03:00Z')

const matters = {
  ko: '쿠팡 개인정보 유출 손해배상 공동소송 (2025년 11월)',
  en: 'Coupang personal data breach, joint suit for damages (November 2025)',
}
const firms = { ko: '법무법인 한빛나래', en: 'Hanbit Narae LLC' }

/** Values like those that a mail of each kind gets: a new template needs a line here. */
function samples(language: Language): Record<MailTemplate, Values> {
  const claim = { number, matter: matters[language], firm: firms[language], days: 14 }
  const confirm = {
    ...claim,
    link: `${sampleSite}/claims/confirm/${token}`,
    codePage: `${sampleSite}/claims/confirm`,
    code: '048213',
    until: showMoment(until, language, 'Asia/Seoul'),
    receipt: `${sampleSite}/receipts/${token}`,
  }
  const change = {
    ...claim,
    link: `${sampleSite}/claims/email/${token}`,
    codePage: `${sampleSite}/claims/email`,
    code: '048213',
    oldHint: 'm•••@gmail.com',
    newHint: 'k•••@naver.com',
    until: showMoment(until, language, 'Asia/Seoul'),
    from: showMoment(until, language, 'Asia/Seoul'),
  }
  const task = (label: string, wished = false) => ({
    label,
    wished,
    link: `${sampleSite}/tasks/${token}?lang=${language}`,
  })
  const missing = {
    ...claim,
    tasks:
      language === 'ko'
        ? [
            task('통지를 받은 날'),
            {
              ...task('유출 통지 (메일, 문자 또는 앱 화면)', true),
              hint: '휴대전화로 찍은 화면이면 됩니다.',
            },
          ]
        : [
            task('When did you receive it?'),
            { ...task('The leak notice', true), hint: 'A picture taken with your phone will do.' },
          ],
    until: showMoment(until, language, 'America/New_York'),
    ...(language === 'ko' && { untilKorea: showMoment(until, language, 'Asia/Seoul') }),
  }
  const stop = `${sampleSite}/reminders/${token}?lang=${language}`
  const approval = {
    what: 'role',
    why: 'stands_in',
    state: 'waiting',
    person: language === 'ko' ? '한서연' : 'Ada Park',
    until: showMoment(until, language, 'Asia/Seoul'),
    link: `${sampleStaffSite}/approvals/01900000-0000-7000-8000-00000000a001`,
  }
  const own = {
    at: showMoment(until, language, 'Asia/Seoul'),
    link: `${sampleStaffSite}/account`,
  }
  return {
    'claim-deficient': { ...missing, note: 'yes' },
    'task-links': missing,
    reminder: { ...missing, stop },
    'verify-claim': { ...confirm, earlier: 'CPKR-44TW-80ZA-P', signed: 1 },
    'verify-corrected': confirm,
    'already-filed': { ...claim, earlier: 'CPKR-44TW-80ZA-P' },
    'own-claims': {
      ...claim,
      link: `${sampleSite}/claims/open/${token}`,
      askPage: `${sampleSite}/claims`,
      code: '048213',
      until: showMoment(until, language, 'Asia/Seoul'),
    },
    'confirm-signing': {
      ...claim,
      link: `${sampleSite}/claims/confirm/${token}`,
      askPage: `${sampleSite}/claims`,
      code: '048213',
      until: showMoment(until, language, 'Asia/Seoul'),
    },
    'guardian-sign': {
      ...claim,
      link: `${sampleSite}/guardian/${token}`,
      until: showMoment(until, language, 'Asia/Seoul'),
    },
    'claim-accepted': claim,
    'claim-rejected': {
      ...claim,
      reason: 'not_identified',
      contact: 'office@hanbit-narae.example',
      until: showMoment(until, language, 'Asia/Seoul'),
      askPage: `${sampleSite}/claims`,
    },
    'email-change-old': change,
    'email-change-new': change,
    'email-change-staff-notice': {
      ...claim,
      newHint: 'k•••@naver.com',
      identified: 'phone_questions',
      link: change.link,
      hours: 72,
      from: change.from,
    },
    'email-changed': { ...claim, count: 2, askPage: `${sampleSite}/claims` },
    'email-changed-old': { ...claim, count: 2, staff: 'yes' },
    'claim-changed': { ...claim, what: 'replace_answers' },
    'claim-withdrawn': claim,
    'data-ready': {
      ...claim,
      link: `${sampleSite}/claims/copy/${token}`,
      until: showMoment(until, language, 'Asia/Seoul'),
    },
    'erasure-asked': { ...claim, due: showMoment(until, language, 'Asia/Seoul') },
    'erasure-answered': { ...claim, answer: 'refused', reason: 'in_court' },
    'message-answered': { ...claim, link: `${sampleSite}/claims` },
    'document-destroyed': {
      ...claim,
      at: showMoment(until, language, 'Asia/Seoul'),
      kind: 'notice',
      reason: 'resident_number',
      link: `${sampleSite}/claims`,
    },
    'continue-filing': {
      matter: matters[language],
      link: `${sampleSite}/matters/coupang-2025-kr/file/continue/${token}`,
      until: showMoment(until, language, 'Asia/Seoul'),
      days: 30,
    },
    'member-form': {
      matter: matters[language],
      link: `${sampleSite}/matters/coupang-2025-kr/file/continue/${token}`,
      until: showMoment(until, language, 'Asia/Seoul'),
      days: 30,
    },
    invitation: {
      role: 'moderator',
      link: `${sampleStaffSite}/invitation/${token}`,
      until: showMoment(until, language, 'Asia/Seoul'),
    },
    'batch-ready': {
      matter: matters[language],
      batch: 3,
      count: 1204,
      link: `${sampleStaffSite}/batches/01900000-0000-7000-8000-00000000b001`,
    },
    recall: { count: 2, link: `${sampleStaffSite}/recalls` },
    alert: {
      kind: 'budget_hour',
      what: language === 'ko' ? '한 시간 열람 한도 초과' : 'Over the limit of one hour',
      person: language === 'ko' ? '정민호' : 'Minho Jung',
      role: 'moderator',
      n: 120,
      most: 120,
      since: showMoment(until, language, 'Asia/Seoul'),
      at: showMoment(until, language, 'Asia/Seoul'),
      link: `${sampleStaffSite}/oversight/alerts`,
    },
    'log-review-due': {
      month: language === 'ko' ? '2026년 10월' : 'October 2026',
      day: 10,
      link: `${sampleStaffSite}/oversight/reviews/2026-10`,
    },
    'questions-waiting': { count: 3, link: `${sampleStaffSite}/messages` },
    'new-device': { ...own, browser: 'Samsung Internet, Android' },
    'password-changed': own,
    'factors-changed': own,
    'recovery-used': own,
    'approval-asked': approval,
    'approval-solo': { ...approval, what: 'export', why: 'court_date' },
    'approval-over': { ...approval, state: 'refused' },
    'factors-reset': {
      until: showMoment(until, language, 'Asia/Seoul'),
      link: `${sampleStaffSite}/sign-in`,
    },
  }
}

/** A mail of one kind as it would be sent. */
export async function sampleLetter(
  template: MailTemplate,
  language: Language,
  frame: { operatorName?: string; operatorContact?: string } = {},
  values: Values = {},
) {
  return renderLetter(
    template,
    {
      language,
      home: mailTemplates[template].to === 'person' ? sampleStaffSite : sampleSite,
      site: sampleSite,
      operatorName: frame.operatorName ?? null,
      operatorContact: frame.operatorContact ?? null,
    },
    { ...samples(language)[template], ...values },
  )
}

/** What a sample is about. */
export function sampleOf(template: MailTemplate, language: Language) {
  return samples(language)[template]
}
