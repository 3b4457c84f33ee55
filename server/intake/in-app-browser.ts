/** Apps that open links in a browser of their own, which may forget its cookies and so a draft's key. */
export interface InAppBrowser {
  app: 'kakaotalk' | 'naver' | 'instagram' | 'facebook'
  android: boolean
}

/** By what their browsers add to the user agent. Instagram comes first: it names Facebook's engine too. */
const signs: [InAppBrowser['app'], RegExp][] = [
  ['kakaotalk', /KAKAOTALK/i],
  ['naver', /NAVER\(inapp/i],
  ['instagram', /\bInstagram \d/],
  ['facebook', /\bFB(AN|AV|_IAB)\//],
]

/** The app in whose browser a page is being read, looked at for this answer only; undefined in a real browser. */
export function inAppBrowser(userAgent: string | undefined): InAppBrowser | undefined {
  if (userAgent === undefined) return undefined
  const app = signs.find(([, sign]) => sign.test(userAgent))?.[0]
  return app && { app, android: /\bAndroid\b/.test(userAgent) }
}

/**
 * A link that Android hands to the person's own browser.
 * @see https://developer.chrome.com/docs/android/intents
 */
export function intentLink(url: string): string {
  const { protocol, host, pathname, search } = new URL(url)
  const intent = [
    'Intent',
    `scheme=${protocol.slice(0, -1)}`,
    'action=android.intent.action.VIEW',
    'category=android.intent.category.BROWSABLE',
    'end',
  ]
  return `intent://${host}${pathname}${search}#${intent.join(';')}`
}
