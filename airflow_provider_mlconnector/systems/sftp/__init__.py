"""Partners' SFTP servers: how to reach one, and the steps that a delivery to one is made of."""
