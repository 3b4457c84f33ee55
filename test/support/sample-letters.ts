import { renderLetter } from '../../server/mail/render-letter'
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
function samples(language: Language): Record<MailTemplate, Record<string, string | number>> {
  const claim = { number, matter: matters[language], firm: firms[language], days: 14 }
  const confirm = {
    ...claim,
    link: `${sampleSite}/claims/confirm/${token}`,
    codePage: `${sampleSite}/claims/confirm`,
    code: '048213',
    until: showMoment(until, language, 'Asia/Seoul'),
    receipt: `${sampleSite}/receipts/${token}`,
  }
  const own = {
    at: showMoment(until, language, 'Asia/Seoul'),
    link: `${sampleStaffSite}/account`,
  }
  return {
    'verify-claim': { ...confirm, earlier: 'CPKR-44TW-80ZA-P' },
    'verify-corrected': confirm,
    'already-filed': { ...claim, earlier: 'CPKR-44TW-80ZA-P' },
    'own-claims': {
      ...claim,
      link: `${sampleSite}/claims/open/${token}`,
      askPage: `${sampleSite}/claims`,
      code: '048213',
      until: showMoment(until, language, 'Asia/Seoul'),
    },
    'claim-accepted': claim,
    'claim-rejected': {
      ...claim,
      reason: 'not_identified',
      contact: 'office@hanbit-narae.example',
    },
    'continue-filing': {
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
    'opening-refused': {
      person: language === 'ko' ? '정민호' : 'Minho Jung',
      role: 'moderator',
      at: showMoment(until, language, 'Asia/Seoul'),
      hour: 120,
      day: 400,
    },
    'new-device': { ...own, browser: 'Samsung Internet, Android' },
    'password-changed': own,
    'factors-changed': own,
    'recovery-used': own,
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
    samples(language)[template],
  )
}

/** What a sample is about. */
export function sampleOf(template: MailTemplate, language: Language) {
  return samples(language)[template]
}
