import type { Surface } from './seen-pages'

/**
 * What no link leads to (every-page.test.ts follows them all), by the test that shows it instead: with pictures, the
 * end of the run says where that is not so. `leads back`: asked for again, or sent, it only leads to another page.
 */
export const behindForms: Record<Surface, Record<string, string[]>> = {
  public: {
    'filing.test.ts': [
      '/matters/:slug/file/not-eligible',
      '/matters/:slug/filed',
      '/matters/:slug/filed/email',
      '/claims/confirm/link-sent',
    ],
    'continue.test.ts': ['/matters/:slug/file/continue/:secret'],
    'access.test.ts': ['/claims/asked', '/claims/code'],
    'email-change.test.ts': ['/claims/email', '/claims/email/answers/:id', '/claims/email/:token'],
    'changes.test.ts': [
      '/claims/mine/:number/answers/show',
      '/claims/mine/:number/changes/:change',
      '/claims/copy/:token',
    ],
    'completion.test.ts': ['/claims/mine/:number/needs/:need'],
    'behind-forms.test.ts': [
      '/claims/mine/:number/papers/code',
      '/matters/:slug/file/carried',
      '/matters/:slug/file/hand-over',
      '/matters/:slug/file/handed-over',
      '/matters/:slug/notice',
      '/matters/:slug/filed/member',
      '/matters/:slug/filed/code',
      '/matters/:slug/filed/receipt',
      '/claims/mine/:number/next/member',
      '/claims/mine/:number/appeal',
      '/claims/mine/:number/data/erasure',
      '/claims/mine/:number/sign',
      '/tasks/:token/document',
      '/reminders/:token',
      '/guardian/:token',
    ],
    'leads back': [
      '/claims/mine/:number/papers/guardian',
      '/claims/mine/:number/next/other/:other',
      '/claims/mine/:number/next/show',
      '/matters/:slug/filed/other/:other',
      '/matters/:slug/notice/use',
      '/matters/:slug/file/continue/revoke',
      '/matters/:slug/filed/new-link',
      '/claims/mine/:number/data/copy',
      '/tasks/:token/new-link',
      '/reminders/:token/resume',
    ],
  },
  staff: {
    'batches.test.ts': ['/batches/:id/reissue'],
    'accounts.test.ts': ['/sign-in/code', '/sign-in/set-up'],
    'moderation.test.ts': ['/claims/:id/open', '/claims/:id/review', '/claims/:id/decision'],
    'documents.test.ts': ['/claims/:id/documents/:document/destroy'],
    'messages.test.ts': ['/messages/:claim/answer', '/messages/:claim/open', '/news/preview'],
    'email-change.test.ts': [
      '/email-changes/:id/decision',
      '/email-changes/:id',
      '/email-changes/:id/open',
    ],
    'behind-forms.test.ts': [
      '/account/recovery-codes',
      '/authority/:matter/sample',
      '/authority/:matter/samples/:id',
      '/erasures/:id/answer',
      '/search/:id',
      '/search/:id/reason',
      '/oversight/alerts/:id/acknowledge',
      '/oversight/reviews/:month',
      '/oversight/leaks/:id',
      '/approvals/:id',
      '/approvals/:id/decision',
    ],
    'leads back': [
      '/oversight/openings/export',
      // To each role's own start.
      '/',
      '/claims/:id/mails/:mail/resend',
      '/claims/:id/needs/:need/withdraw',
      '/mails/:mail/resend',
      '/messages/:claim/close',
      '/news/edit',
      '/news/:id/withdraw',
      '/authority/:matter/papers/:claim',
      '/oversight/leaks/:id/export',
      '/approvals/:id/withdrawal',
    ],
  },
}
