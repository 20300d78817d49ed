# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154
# A real Apache with mod_auth_gssapi, on the machine's name, with a keytab of its own.

APACHE_PORT=8088

# world_apache: /page is for people with a ticket, /any/page for those with an NTLM account of $W/apache.users, too; the header
# X-Who of the answer says who they are. After world_kdc.
world_apache() {
    local modules=/usr/lib/apache2/modules program=/usr/sbin/apache2 user=www-data module name
    if [ ! -d $modules ]; then
        modules=/usr/lib64/httpd/modules program=/usr/sbin/httpd user=apache
    fi
    kadmin.local addprinc -randkey "HTTP/$WORLD_HOST" >>$W/kadmin.log 2>&1
    kadmin.local ktadd -k $W/http.keytab "HTTP/$WORLD_HOST" >>$W/kadmin.log 2>&1
    chown $user $W/http.keytab
    mkdir -p $W/htdocs/any $W/apache
    echo "a page for people with an account" >$W/htdocs/any/page
    for name in $PEOPLE; do echo "BOX:$name:$(password_of "$name")"; done >$W/apache.users
    chown $user $W/apache.users
    echo "a page for people with a ticket" >$W/htdocs/page
    chmod 755 $W/htdocs $W/htdocs/any
    {
        for module in mpm_event authn_core authz_core authz_user auth_gssapi headers unixd; do
            # Some are part of the program, elsewhere or here.
            [ ! -e $modules/mod_$module.so ] || echo "LoadModule ${module}_module $modules/mod_$module.so"
        done
        cat <<END
ServerRoot $W/apache
ServerName $WORLD_HOST
PidFile $W/apache/pid
Mutex sem
Listen 127.0.0.2:$APACHE_PORT
User $user
Group $user
ErrorLog $W/apache.log
LogLevel info
DocumentRoot $W/htdocs
StartServers 1
<Directory $W/htdocs>
    AuthType GSSAPI
    AuthName tickets
    GssapiCredStore keytab:$W/http.keytab
    GssapiAllowedMech krb5
    Require valid-user
    Header set X-Who "expr=%{REMOTE_USER}"
</Directory>
<Directory $W/htdocs/any>
    GssapiAllowedMech krb5
    GssapiAllowedMech ntlmssp
    GssapiConnectionBound On
    GssapiSignalPersistentAuth On
</Directory>
END
    } >$W/apache.conf
    # A credential store in the configuration would be for gss-ntlmssp, too, which then accepts nobody.
    NTLM_USER_FILE=$W/apache.users KRB5_KTNAME=FILE:$W/http.keytab $program -f $W/apache.conf -DFOREGROUND </dev/null >$W/apache.out 2>&1 &
    wait_for 10 ss_listening $APACHE_PORT || die "Apache does not start: $(cat $W/apache.out $W/apache.log)"
}
