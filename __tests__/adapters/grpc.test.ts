import { grpcContract } from './grpc-contract.ts';

const [isEncrypted, hasCredentials, hasInterceptor] = [true, true, true];
grpcContract('credentials', { isEncrypted, hasCredentials, hasInterceptor: false });
grpcContract('interceptor', { isEncrypted, hasCredentials: false, hasInterceptor });
grpcContract('interceptor, unencrypted on loopback', { isEncrypted: false, hasCredentials: false, hasInterceptor });
grpcContract('credentials with interceptor', { isEncrypted, hasCredentials, hasInterceptor });
