/**
 * The one file that knows `oauth4webapi`. What it does well is used from here: assertions, discovery. What token
 * endpoints answer is read by our own code, since its reading is strict and real servers are not.
 */
export {
  allowInsecureRequests,
  ClientSecretJwt,
  customFetch,
  discoveryRequest,
  modifyAssertion,
  PrivateKeyJwt,
  processDiscoveryResponse,
} from 'oauth4webapi';
