import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Express as App, RequestHandler } from 'express'
import type { AppDeps } from './deps'
import { assetUrls } from './assets/urls'
import { navOf } from './nav'
import { surfaceOf } from './sessions'

/** The folder of package.json; the same from server/ and from dist/server/. */
export const projectRoot = rootFrom(__dirname)

/** Where the asset build puts what browsers load. */
export const assetFolder = join(projectRoot, 'public', 'assets')

function rootFrom(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : rootFrom(dirname(folder))
}

/** EJS from views/, each view compiled once. */
export function useViews(app: App): void {
  app.set('views', join(projectRoot, 'views'))
  app.set('view engine', 'ejs')
  app.set('view cache', true)
}

/** The locals that views/layout/top.ejs lists, apart from the language's and the session's. */
export function viewLocals({ config }: AppDeps): RequestHandler {
  const surface = surfaceOf(config)
  const asset = assetUrls(join(assetFolder, 'manifest.json'))
  return (req, res, next) => {
    const path = req.path
    Object.assign(res.locals, {
      surface,
      asset,
      operator: config.operatorName,
      operatorContact: config.operatorContact,
      path,
    })
    // Read when a view is rendered: who is signed in is known only then.
    Object.defineProperty(res.locals, 'nav', {
      enumerable: true,
      get: () =>
        navOf(surface, req.user).map((item) => ({ ...item, current: path.startsWith(item.href) })),
    })
    next()
  }
}
