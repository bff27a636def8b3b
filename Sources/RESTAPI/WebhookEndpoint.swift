package import DeployModel
import GitHub
package import HTTPServer
import HTTPTypes
package import Logging
package import Pipeline

/// `POST /webhooks/github`: verified before parsed (R13), on disk before answered (R1), once (R2).
package struct WebhookEndpoint: Sendable {
}
