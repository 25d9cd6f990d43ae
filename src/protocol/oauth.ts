/**
 * The one file that knows `oauth4webapi`, which signs assertions. What servers answer is read by our own code, since its
 * reading is strict and real servers are not; discovery too, where it would be the largest part of what every bundle
 * of a provider holds for an option that most do not use.
 */
export { ClientSecretJwt, modifyAssertion, PrivateKeyJwt } from 'oauth4webapi';
