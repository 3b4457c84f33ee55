import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Express as App, RequestHandler } from 'express'
import type { AppDeps } from './deps'
import { surfaceOf } from './sessions'

/** The folder of package.json; the same from server/ and from dist/server/. */
export const projectRoot = rootFrom(__dirname)

function rootFrom(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : rootFrom(dirname(folder))
}

/** One link of the menu; `key` is its text. */
export interface NavItem {
  href: string
  key: string
}

/** EJS from views/, each view compiled once. */
export function useViews(app: App): void {
  app.set('views', join(projectRoot, 'views'))
  app.set('view engine', 'ejs')
  app.set('view cache', true)
}

/** The locals that views/layout/top.ejs lists, apart from the language's and the session's. */
export function viewLocals(
  { config }: AppDeps,
  asset: (name: string) => string,
  nav: (user: Express.User | undefined) => readonly NavItem[],
): RequestHandler {
  const surface = surfaceOf(config)
  return (req, res, next) => {
    Object.assign(res.locals, { surface, asset, operator: config.operatorName, path: req.path })
    // Read when a view is rendered: who is signed in is known only then.
    Object.defineProperty(res.locals, 'nav', {
      enumerable: true,
      get: () =>
        nav(req.user).map((item) => ({
          ...item,
          current: req.originalUrl.split('?')[0]!.startsWith(item.href),
        })),
    })
    next()
  }
}
