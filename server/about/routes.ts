import type { Router } from 'express'
import { Problem } from '../kernel/problem'
import type { AppDeps } from '../web/deps'
import { routeTable } from '../web/routes'
import { lookAlikes } from './look-alikes'
import { securityTxt } from './security-txt'

/** What people can hold against a mail or a site that says it is us, and whom to tell of a weakness. */
export function aboutRoutes({ config, clock }: AppDeps): Router {
  const routes = routeTable()
  const shared = { who: 'anyone', cacheSeconds: config.limits.matterCacheSeconds } as const
  const { publicUrl, mailAddress, operatorContact, securityContact, demonstration } = config

  routes.get('/about/this-site', shared, (_req, res) => {
    res.render('about/this-site', {
      site: {
        url: publicUrl,
        host: new URL(publicUrl).host,
        scheme: `${new URL(publicUrl).protocol}//`,
        sender: mailAddress,
        contact: operatorContact,
        lookAlikes: lookAlikes(publicUrl),
        demonstration,
        hasSecurityTxt: securityContact !== null,
      },
    })
  })

  routes.get('/.well-known/security.txt', shared, (_req, res) => {
    // Without a contact the file would break its own format, and nobody would read what is written to none.
    if (securityContact === null) throw new Problem('not_found')
    res.type('text/plain').send(securityTxt({ contact: securityContact, publicUrl }, clock.now()))
  })

  return routes.router
}
