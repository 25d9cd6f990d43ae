/**
 * The one file that knows `oauth4webapi`. What it does well is used from here: client authentication as
 * registered. What token endpoints answer is read by our own code, since its reading is strict and real servers
 * are not.
 */
export { type ClientAuth, ClientSecretBasic, ClientSecretPost, None } from 'oauth4webapi';
