/* Stands for a library of another interface: -DABI=0 for an older one. It has nothing else. */
#ifdef _WIN32
__declspec(dllexport)
#endif
int mail_abi_version(void);

int mail_abi_version(void)
{
    return ABI;
}
