import { showMoment } from '../../server/web/show-moment'

/** Below a moment in the court's zone, the same in the reader's own, where that differs. */
export function localTimes(): void {
  const lang = document.documentElement.lang === 'en' ? 'en' : 'ko'
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone
  for (const time of document.querySelectorAll<HTMLTimeElement>('time[data-local]')) {
    const moment = new Date(time.dateTime)
    const zone = time.dataset.zone
    if (!here || !zone) continue
    const local = showMoment(moment, lang, here)
    // Another name for the same clock is no other time.
    if (clock(moment, here) === clock(moment, zone)) continue
    const line = document.createElement('span')
    line.className = 'sub'
    line.textContent = (time.dataset.local ?? '').replace('{time}', local)
    time.after(document.createElement('br'), line)
  }
}

function clock(moment: Date, timeZone: string): string {
  return moment.toLocaleString('en-US', { timeZone })
}
