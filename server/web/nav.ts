import type { Who } from './routes'

/** One link of the menu; `key` is its text. */
export interface NavItem {
  href: string
  key: string
}

type StaffItem = NavItem & { who: Exclude<Who, 'anyone'> }

// Only pages that exist.
const publicNav: NavItem[] = [{ href: '/claims', key: 'status:nav' }]
const staffNav: StaffItem[] = [
  { href: '/queue', key: 'moderation:queue.title', who: ['moderator', 'administrator'] },
  { href: '/search', key: 'search:nav', who: ['moderator', 'administrator'] },
  {
    href: '/messages',
    key: 'messages:nav',
    who: ['moderator', 'administrator', 'counsel'],
  },
  {
    href: '/email-changes',
    key: 'email:staff.nav',
    who: ['moderator', 'administrator'],
  },
  { href: '/batches', key: 'batches:title', who: ['counsel', 'administrator'] },
  { href: '/recalls', key: 'batches:recalls.title', who: ['counsel'] },
  { href: '/news', key: 'news:nav', who: ['counsel', 'administrator'] },
  {
    href: '/authority',
    key: 'authority:index.title',
    who: ['counsel', 'moderator', 'administrator'],
  },
  { href: '/mails', key: 'mails:title', who: ['moderator', 'administrator'] },
  { href: '/erasures', key: 'privacy:list.title', who: ['moderator', 'administrator'] },
  { href: '/approvals', key: 'approvals:title', who: 'signed-in' },
  { href: '/people', key: 'accounts:people.title', who: ['administrator'] },
  { href: '/oversight', key: 'oversight:nav', who: ['administrator'] },
  { href: '/account', key: 'accounts:own.title', who: 'signed-in' },
]

/** The menu of a surface for whoever is signed in. */
export function navOf(surface: 'public' | 'staff', user: Express.User | undefined): NavItem[] {
  if (surface === 'public') return publicNav
  if (!user) return []
  return staffNav.filter(({ who }) => who === 'signed-in' || who.includes(user.role))
}
