/** Told anew at every request, so that it never says what has long been out of date. */
const validDays = 180
const dayMs = 24 * 60 * 60 * 1000

/**
 * security.txt (RFC 9116): whom to tell about a weakness. `Contact` and `Expires` are mandatory there;
 * `Canonical` stands only where the file is reached by https, as the RFC wants it.
 */
export function securityTxt(site: { contact: string; publicUrl: string }, now: Date): string {
  const expires = new Date((Math.floor(now.getTime() / dayMs) + validDays) * dayMs)
  const lines = [
    `Contact: ${site.contact}`,
    `Expires: ${expires.toISOString().replace('.000', '')}`,
    'Preferred-Languages: ko, en',
    ...(site.publicUrl.startsWith('https:')
      ? [`Canonical: ${site.publicUrl}/.well-known/security.txt`]
      : []),
  ]
  return `${lines.join('\n')}\n`
}
