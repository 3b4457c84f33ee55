import { ConfigError, type Config } from '../config'
import { localInstallation } from './database'

/** The database named in the environment, or the one that `npm start` runs on this machine. */
export async function staffUrl({ databases, production, home }: Config): Promise<string> {
  if (databases.staff !== undefined) return databases.staff
  const local = production ? null : await localInstallation(home)
  if (local === null) {
    throw new ConfigError('DATABASE_URL_STAFF is not set, and no Joinder was started here yet.')
  }
  return local.urls.staff
}
