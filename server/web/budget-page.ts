import type { Request } from 'express'
import type { Problem } from '../kernel/problem'
import type { Language, Translate } from './languages'
import { showMoment } from './show-moment'

/**
 * What whoever is past their number of openings is told: which number it is and from when on they may open
 * again. The way back is the same address: asked for again, it is the page whose form was sent.
 */
export function budgetWords(
  { detail = {} }: Problem,
  req: Request,
  { t, lang }: { t: Translate; lang: Language },
): { text: string; free: string | null; href: string } {
  const { kind = 'budget_day', most = 0, freeAt } = detail
  const role = req.user ? t(`accounts:role.${req.user.role}`) : ''
  return {
    text: t(`errors:budget_exceeded.${kind}`, { role, most }),
    free:
      typeof freeAt === 'number'
        ? t('errors:budget_exceeded.free', { at: showMoment(new Date(freeAt), lang, 'Asia/Seoul') })
        : null,
    href: req.path,
  }
}
