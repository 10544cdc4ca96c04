"""Access logs of web servers: lines → page views."""
