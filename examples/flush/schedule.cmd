rem Windows: every quarter of an hour, also while nobody is logged in. Run once as administrator.
schtasks /Create /TN "tillmail flush" /SC MINUTE /MO 15 /RU SYSTEM ^
  /TR "\"C:\Program Files\Till\tillmail.exe\" flush --timeout 10m"
